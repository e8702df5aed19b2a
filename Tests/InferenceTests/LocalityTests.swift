import ONNX
import Testing

@testable import Inference

@Suite("A local network gives for a part of a picture what it gives for the whole")
struct LocalityTests {
    private func network(_ size: Int = 48, _ build: (inout ModelBuilder) -> Void) throws -> Network {
        var builder = ModelBuilder()
        builder.input("x", [1, 3, size, size])
        builder.inputs[0].shape = [.fixed(1), .fixed(3), .unknown, .unknown]
        builder.outputs = ["y"]
        build(&builder)
        return try Network(builder.model)
    }

    private func locality(_ network: Network, _ size: Int = 48) throws -> Result<Locality, Network.Nonlocal> {
        try network.locality(of: "y", in: "x", types: ["x": TensorType(.float32, [1, 3, size, size])])
    }

    /// Runs the network on the whole and on every tile, and compares what the locality promises.
    private func compare(_ network: Network, size: Int, tile: Int, _ comment: Comment) throws {
        let locality = try locality(network, size).get()
        let input = randomFloats(3 * size * size, seed: 5)
        let whole = try network.run(["x": Tensor(shape: [1, 3, size, size], floats: input)])["y"]!
        let expected = whole.array(of: Float.self)
        let channels = whole.shape[1], width = whole.shape[3]
        let scale = locality.columns.scale
        #expect(tile % locality.columns.alignment == 0, comment)
        for top in stride(from: 0, through: size - tile, by: locality.rows.alignment) {
            for left in stride(from: 0, through: size - tile, by: locality.columns.alignment) {
                var part: [Float] = []
                for row in 0..<3 * tile {
                    let first: Int = (row / tile * size + top + row % tile) * size + left
                    part.append(contentsOf: input[first..<first + tile])
                }
                let output = try network.run(["x": Tensor(shape: [1, 3, tile, tile], floats: part)])["y"]!
                let found = output.array(of: Float.self)
                // The edge of a part counts as far as it is the edge of the whole.
                func valid(_ start: Int, _ axis: Locality.Axis) -> Range<Int> {
                    let first = start == 0 ? 0 : axis.before, last = start + tile == size ? tile : tile - axis.after
                    return Int(Double(first) * scale)..<Int(Double(max(first, last)) * scale)
                }
                let rows = valid(top, locality.rows), columns = valid(left, locality.columns)
                let (y0, x0) = (Int(Double(top) * scale), Int(Double(left) * scale))
                var worst: Float = 0
                for c in 0..<channels {
                    for y in rows {
                        for x in columns {
                            let at: Int = (c * output.shape[2] + y) * output.shape[3] + x
                            let place: Int = (c * whole.shape[2] + y0 + y) * width + x0 + x
                            let (a, b) = (found[at], expected[place])
                            worst = max(worst, abs(a - b))
                        }
                    }
                }
                #expect(worst < 1e-4, "\(comment) at (\(left), \(top))")
            }
        }
    }

    typealias Attributes = [String: ONNX.Attribute]

    static let graphs: [(name: String, tile: Int, build: @Sendable (inout ModelBuilder) -> Void)] = [
        (
            "two convolutions", 24,
            {
                $0.weights("a", [4, 3, 3, 3])
                $0.weights("b", [2, 4, 5, 5], seed: 2)
                $0.node("Conv", ["x", "a"], ["u"], ["pads": .integers([1, 1, 1, 1])])
                $0.node("Relu", ["u"], ["v"])
                $0.node("Conv", ["v", "b"], ["y"], ["pads": .integers([2, 2, 2, 2])])
            }
        ),
        (
            "down and up", 40,
            {
                $0.weights("a", [4, 3, 3, 3])
                $0.weights("b", [4, 4, 3, 3], seed: 2)
                $0.weights("c", [4, 2, 4, 4], seed: 3)
                $0.node("Conv", ["x", "a"], ["u"], ["pads": .integers([1, 1, 1, 1]), "strides": .integers([2, 2])])
                $0.node("Conv", ["u", "b"], ["v"], ["auto_pad": .string("SAME_UPPER"), "strides": .integers([2, 2])])
                $0.floats("s", [1, 1, 2, 2])
                $0.node("Resize", ["v", "", "s"], ["w"], ["mode": .string("linear")])
                $0.node("Add", ["u", "w"], ["z"])
                $0.node(
                    "ConvTranspose", ["z", "c"], ["y"],
                    ["pads": .integers([1, 1, 1, 1]), "strides": .integers([2, 2])])
            }
        ),
        (
            "a larger picture", 24,
            {
                $0.weights("a", [12, 3, 3, 3])
                $0.node("Conv", ["x", "a"], ["u"], ["pads": .integers([1, 1, 1, 1])])
                $0.node("DepthToSpace", ["u"], ["y"], ["blocksize": .integer(2)])
            }
        ),
        (
            "pools, pads and channels", 32,
            {
                $0.weights("a", [4, 6, 3, 3])
                $0.integers("p", [0, 0, 1, 1, 0, 0, 1, 1])
                $0.node("Pad", ["x", "p"], ["q"], ["mode": .string("reflect")])
                $0.node("MaxPool", ["q"], ["m"], ["kernel_shape": .integers([3, 3])])
                $0.node(
                    "AveragePool", ["x"], ["n"], ["kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1])])
                $0.node("Concat", ["m", "n"], ["o"], ["axis": .integer(1)])
                $0.node(
                    "Conv", ["o", "a"], ["u"], ["pads": .integers([2, 2, 2, 2]), "dilations": .integers([2, 2])])
                $0.node("ReduceMean", ["u"], ["y"], ["axes": .integers([1])])
            }
        ),
        (
            "cubic and nearest", 32,
            {
                $0.floats("s", [1, 1, 2, 2])
                $0.floats("h", [1, 1, 0.5, 0.5])
                $0.node("Resize", ["x", "", "h"], ["u"], ["mode": .string("cubic")])
                $0.node("Resize", ["u", "", "s"], ["v"], ["mode": .string("nearest")])
                $0.node("Sub", ["v", "x"], ["y"])
            }
        ),
    ]

    @Test(arguments: graphs.indices) func partsAreTheWhole(index: Int) throws {
        let graph = Self.graphs[index]
        try compare(network(48, graph.build), size: 48, tile: graph.tile, Comment(rawValue: graph.name))
    }

    @Test func haloOfConvolutions() throws {
        let network = try network(48, Self.graphs[0].build)
        let axis = Locality.Axis(alignment: 1, before: 3, after: 3, scale: 1)
        #expect(try locality(network).get() == Locality(rows: axis, columns: axis))
    }

    @Test(arguments: ["InstanceNormalization", "GlobalAveragePool", "Softmax", "Resize"])
    func whatLooksAtTheWhole(name: String) throws {
        let network = try network {
            $0.floats("one", [1, 1, 1])
            switch name {
            case "InstanceNormalization": $0.node(name, ["x", "one", "one"], ["u"])
            case "GlobalAveragePool":
                $0.node(name, ["x"], ["g"])
                $0.node("Mul", ["x", "g"], ["u"])
            case "Softmax": $0.node(name, ["x"], ["u"], ["axis": .integer(3)])
            default:
                $0.floats("s", [1, 1, 2, 2])
                $0.node(
                    name, ["x", "", "s"], ["u"],
                    ["mode": .string("linear"), "coordinate_transformation_mode": .string("align_corners")])
            }
            $0.node("Relu", ["u"], ["y"])
        }
        switch try locality(network) {
        case .success(let locality): #expect(locality.whole?.contains(name) == true)
        case .failure(.node(let label)): #expect(label.contains(name))
        case .failure(.output): Issue.record("\(name) counts as no picture")
        }
    }
}
