import Inference
import ONNX
import Operations

/// Where a classifier's classes come from in its feature maps A: `M[c, y, x] = Σₖ w[c, k] · A[k, y, x]`, whose mean over
/// the picture is the class's score before the softmax, but for a constant.
///
/// That holds for networks that end with a global average pool and at most one linear layer.
/// Source: Zhou and others, *Learning deep features for discriminative localization*.
struct ClassActivation: Sendable {
    /// The name of the feature maps, `[1, K, h, w]`.
    let features: String
    /// One row for each class; nil where the feature maps are those of the classes.
    private let weights: [[Float]]?

    /// Why a network's classes cannot be traced back.
    struct Fault: Error { let text: String }

    /// Operators that leave every element what it is, as far as the order of the classes goes.
    private static let passing: Set<String> = [
        "Softmax", "LogSoftmax", "Sigmoid", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout",
    ]

    init(_ model: Model, output: String) throws(Fault) {
        let makers = Dictionary(
            model.graph.nodes.flatMap { node in node.outputs.map { ($0, node) } },
            uniquingKeysWith: { first, _ in first })
        let constants = model.graph.initializers
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
                guard let other = node.inputs.first(where: { constants[$0] == nil }), node.inputs.count == 2,
                    node.inputs.contains(where: { constants[$0] != nil })
                else { throw Self.tooDeep(node) }
                value = other
            case "Gemm", "MatMul", "Conv":
                guard weights == nil, node.inputs.count >= 2, let matrix = constants[node.inputs[1]],
                    let rows = Self.rows(matrix, node)
                else { throw Self.tooDeep(node) }
                weights = rows
                value = input
            case "GlobalAveragePool", "ReduceMean", "AveragePool":
                features = input
                self.weights = weights
                return
            default: throw Self.tooDeep(node)
            }
        }
    }

    private static func tooDeep(_ node: Node) -> Fault {
        Fault(
            text: "its classes are not one linear layer over a global average pool: \(node.label) stands between")
    }

    /// The weights of a linear layer, a row for each class.
    private static func rows(_ matrix: TensorData, _ node: Node) -> [[Float]]? {
        guard case .float32(let values) = matrix.elements, matrix.shape.count >= 2, matrix.shape[0] > 0 else {
            return nil
        }
        let (first, second) = (matrix.shape[0], matrix.shape[1])
        guard values.count == first * second, second > 0 else { return nil }
        var isTransposed = node.operatorName == "Conv"
        if case .integer(let flag)? = node.attributes["transB"] { isTransposed = flag != 0 }
        if isTransposed { return (0..<first).map { Array(values[$0 * second..<($0 + 1) * second]) } }
        return (0..<second).map { column in (0..<first).map { values[$0 * second + column] } }
    }

    /// The map of one class; nil for feature maps of another form.
    func map(_ classIndex: Int, _ features: Tensor) -> FeatureMap? {
        guard features.shape.count == 4, features.shape[0] == 1, features.element == .float32 else { return nil }
        let (channels, height, width) = (features.shape[1], features.shape[2], features.shape[3])
        guard height > 0, width > 0, weights == nil ? classIndex < channels : classIndex < weights!.count else {
            return nil
        }
        return features.withElements(of: Float.self) { elements in
            let plane = height * width
            guard let row = weights?[classIndex] else {
                return FeatureMap(
                    width: width, height: height, values: Array(elements[classIndex * plane..<(classIndex + 1) * plane])
                )
            }
            guard row.count == channels else { return nil }
            var values = [Float](repeating: 0, count: plane)
            for k in 0..<channels {
                for i in 0..<plane { values[i] += row[k] * elements[k * plane + i] }
            }
            return FeatureMap(width: width, height: height, values: values)
        }
    }
}
