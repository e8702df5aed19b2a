import Inference
import Operations
import Specification

/// Where a classifier's classes come from in its feature maps A: `M[c, y, x] = Σₖ w[c, k] · A[k, y, x]`, whose mean over
/// the picture is the class's score before the softmax, but for a constant.
///
/// That holds for networks that end with a global average pool and at most one linear layer.
/// Source: Zhou and others, *Learning deep features for discriminative localization*.
struct ClassActivation: Sendable {
    /// The name of the feature maps, `[1, K, h, w]`, or `[1, h, w, K]` where a network averages over axes 1 and 2.
    let features: String
    private let isPlanar: Bool
    /// Rows and columns that the pool averages over; nil: all.
    private let window: [Int]?
    /// One row for each class; nil where the feature maps are those of the classes.
    private let weights: [[Float]]?

    /// Why a network's classes cannot be traced back.
    struct Fault: Error { let text: String }

    /// Operators that leave every element what it is, as far as the order of the classes goes.
    private static let passing: Set<String> = [
        "Softmax", "LogSoftmax", "Sigmoid", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout",
    ]

    init(_ network: Network, output: String) throws(Fault) {
        let makers = Dictionary(
            network.nodes.flatMap { node in node.outputs.map { ($0, node) } },
            uniquingKeysWith: { first, _ in first })
        var value = output
        var weights: [[Float]]?
        while true {
            guard let node = makers[value], let input = node.inputs.first else {
                throw Fault(text: "no global average pool is found before the output")
            }
            switch node.operatorName {
            case let name where Self.passing.contains(name): value = input
            case "Add":
                // A bias does not depend on the place.
                let variable = node.inputs.filter { network.constant($0) == nil }
                guard node.inputs.count == 2, variable.count == 1 else { throw Self.tooDeep(node) }
                value = variable[0]
            case "Gemm", "MatMul", "Conv":
                guard weights == nil, node.inputs.count >= 2, let matrix = network.constant(node.inputs[1]),
                    let rows = Self.rows(matrix, node)
                else { throw Self.tooDeep(node) }
                weights = rows
                value = input
            case "GlobalAveragePool":
                (features, self.weights, isPlanar, window) = (input, weights, true, nil)
                return
            case "ReduceMean":
                let stated = node.inputs.count > 1 ? network.constant(node.inputs[1])?.integers : nil
                let axes = (stated ?? node.integers["axes"] ?? []).map { $0 < 0 ? $0 + 4 : $0 }.sorted()
                guard axes == [2, 3] || axes == [1, 2] else { throw Self.notGlobal(node) }
                (features, self.weights, isPlanar, window) = (input, weights, axes == [2, 3], nil)
                return
            case "AveragePool":
                guard let kernel = node.integers["kernel_shape"], kernel.count == 2,
                    node.integers["pads"]?.allSatisfy({ $0 == 0 }) ?? true
                else { throw Self.notGlobal(node) }
                (features, self.weights, isPlanar, window) = (input, weights, true, kernel)
                return
            default: throw Self.tooDeep(node)
            }
        }
    }

    private static func tooDeep(_ node: NodeOutline) -> Fault {
        Fault(
            text: "its classes are not one linear layer over a global average pool: \(node.label) stands between")
    }

    private static func notGlobal(_ node: NodeOutline) -> Fault {
        Fault(text: "\(node.label) does not average over all rows and columns of its input")
    }

    /// Makes sure that feature maps are what they have to be.
    func check(_ type: TensorType?, classCount: Int) throws(Fault) {
        guard let type, type.rank == 4, type.shape[0] == 1, type.element == .float32, type.count > 0 else {
            throw Fault(
                text: "its last feature maps, \(quoted(features)), are \(type?.description ?? "of no known shape")")
        }
        let sizes = isPlanar ? Array(type.shape[2...]) : Array(type.shape[1...2])
        guard window == nil || window == sizes else {
            throw Fault(
                text: "its last pool averages over \(window ?? []) of the \(sizes) rows and columns of its input")
        }
        let channels = type.shape[isPlanar ? 1 : 3]
        guard weights.map({ $0[0].count == channels }) ?? true, (weights?.count ?? channels) >= classCount else {
            throw Fault(
                text: "\(channels) feature maps go into \(weights?.count ?? channels) classes; expected are "
                    + "\(weights?[0].count ?? channels) and \(classCount)")
        }
    }

    /// The weights of a linear layer, a row for each class.
    private static func rows(_ matrix: Tensor, _ node: NodeOutline) -> [[Float]]? {
        guard matrix.element == .float32, matrix.shape.count >= 2, matrix.count > 0 else { return nil }
        let (first, second) = (matrix.shape[0], matrix.shape[1])
        guard matrix.count == first * second else { return nil }
        let values = matrix.array(of: Float.self)
        let isTransposed = node.operatorName == "Conv" || node.integers["transB"]?.first ?? 0 != 0
        if isTransposed { return (0..<first).map { Array(values[$0 * second..<($0 + 1) * second]) } }
        return (0..<second).map { column in (0..<first).map { values[$0 * second + column] } }
    }

    /// The map of one class out of feature maps that have been checked; nil for a class that the network does not have.
    func map(_ classIndex: Int, _ features: Tensor) -> FeatureMap? {
        let shape = features.shape
        let (channels, height, width) =
            isPlanar ? (shape[1], shape[2], shape[3]) : (shape[3], shape[1], shape[2])
        guard classIndex < weights?.count ?? channels else { return nil }
        let plane = height * width
        let (channelStep, placeStep) = isPlanar ? (plane, 1) : (1, channels)
        return features.withElements(of: Float.self) { elements in
            func sample(_ channel: Int, _ place: Int) -> Float { elements[channel * channelStep + place * placeStep] }
            guard let row = weights?[classIndex] else {
                return FeatureMap(width: width, height: height, values: (0..<plane).map { sample(classIndex, $0) })
            }
            var values = [Float](repeating: 0, count: plane)
            for k in 0..<channels {
                for i in 0..<plane { values[i] += row[k] * sample(k, i) }
            }
            return FeatureMap(width: width, height: height, values: values)
        }
    }
}
