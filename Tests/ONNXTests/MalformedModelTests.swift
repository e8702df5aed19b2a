import Glibc
import SystemPackage
import Testing

@testable import ONNX

@Suite("A malformed model is refused with its reason")
struct MalformedModelTests {
    static let relu = Proto.node("Relu", ["x"], ["y"], name: "first")
    static let good = Proto.model(
        nodes: [Proto.node("Conv", ["x", "w"], ["y"], attributes: [Proto.attribute("group", 1)])],
        initializers: [Proto.floats("w", dims: [1, 1, 1, 1], [2])])

    private func reason(_ bytes: [UInt8], limits: ModelLimits = ModelLimits()) -> String {
        do {
            _ = try Model(bytes: bytes, file: "bad.onnx", limits: limits)
            return "was read"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        [], Array("\u{89}PNG\r\n\u{1a}\n".utf8), Array("not a model".utf8), [0xff, 0xff, 0xff],
        (0..<500).map { UInt8(truncatingIfNeeded: $0 * 7919 >> 3) },
    ])
    func notAModel(bytes: [UInt8]) {
        #expect(reason(bytes).hasPrefix("bad.onnx: not an ONNX model"))
    }

    @Test func everyTruncationIsRefused() {
        for length in 0..<Self.good.count {
            // A cut between two fields leaves a shorter message that is well formed: without its version or its graph.
            #expect(reason(Array(Self.good[..<length])) != "was read", "cut at \(length)")
        }
    }

    @Test func everyChangedByteEndsInAnAnswer() {
        for index in Self.good.indices {
            for flip: UInt8 in [0x01, 0x80, 0xff] {
                var bytes = Self.good
                bytes[index] ^= flip
                _ = reason(bytes)
            }
        }
    }

    @Test(arguments: [
        ([0x08] + [UInt8](repeating: 0x80, count: 10) + [0x00], "more than 64 bits"),
        ([0x08] + [UInt8](repeating: 0xff, count: 9) + [0x02], "more than 64 bits"),
        ([0x3a, 0x7f, 0x00], "a field of 127 bytes where 1 remain"),
        ([0x3a] + ProtobufWriter.varint(1 << 63), "a field of 9223372036854775808 bytes"),
        ([0x3b, 0x3c], "wire type 3"), ([0x3c], "wire type 4"), ([0x3e], "wire type 6"), ([0x00, 0x00], "no field 0"),
        ([UInt8](repeating: 0x9b, count: 0) + [UInt8](repeating: 0x3b, count: 20_000), "wire type 3"),
    ])
    func framing(bytes: [UInt8], expected: String) {
        #expect(reason(bytes).contains(expected))
    }

    /// Ten thousand subgraphs, each within the one before: none of them is ever opened.
    @Test func deepNesting() {
        var graph = Proto.node("Relu", ["x"], ["y"])
        for _ in 0..<10_000 {
            let inner = graph
            let attribute = Proto.attribute("then_branch", type: 5) { $0.message(6) { $0.bytes(1, inner) } }
            graph = Proto.node("If", ["x"], ["y"], attributes: [attribute])
            if graph.count > 2_000_000 { break }
        }
        let bytes = Proto.model(nodes: [graph])
        guard let model = try? Model(bytes: bytes, file: "m"),
            case .subgraph? = model.graph.nodes[0].attributes["then_branch"]
        else {
            Issue.record("the outermost node was not read")
            return
        }
    }

    @Test(arguments: [
        ([Proto.node("Add", ["x", "y"], ["y"], name: "self")], "a cycle through node \"self\" (Add)"),
        (
            [Proto.node("Add", ["x", "b"], ["y"], name: "A"), Proto.node("Relu", ["y"], ["b"], name: "B")],
            "a cycle through node"
        ),
        ([relu, relu], "\"y\" is made twice, the second time by node \"first\" (Relu)"),
        ([Proto.node("Relu", ["x"], ["x"])], "\"x\" is made twice"),
        ([Proto.node("Relu", ["nobody"], ["y"], name: "n")], "\"nobody\", which node \"n\" (Relu) uses"),
        ([Proto.node("Relu", ["x"], ["z"])], "\"y\", which the list of outputs uses"),
        ([Proto.node("Relu", ["x"], [])], "has no outputs"),
        ([Proto.node("", ["x"], ["y"])], "names no operator"),
    ])
    func wiring(nodes: [[UInt8]], expected: String) {
        #expect(reason(Proto.model(nodes: nodes)).contains(expected))
    }

    @Test func namesOfInputsAndInitializers() {
        let weight = Proto.floats("w", dims: [1], [1])
        #expect(
            reason(Proto.model(nodes: [Self.relu], initializers: [weight, weight])).contains("\"w\" is made twice"))
        #expect(
            reason(Proto.model(nodes: [Self.relu], inputs: [Proto.value("x"), Proto.value("x")]))
                .contains("\"x\" is made twice"))
        #expect(reason(Proto.model(nodes: [Self.relu], inputs: [Proto.value("")])).contains("needs a name"))
        #expect(reason(Proto.model(nodes: [Self.relu], outputs: [])).contains("no outputs"))
    }

    @Test(arguments: [
        (Proto.tensor("w", dims: [1 << 31, 1 << 31]), "a dimension of 2147483648"),
        (Proto.tensor("w", dims: [Int(Int32.max), Int(Int32.max), Int(Int32.max)]), "overflows"),
        (Proto.tensor("w", dims: [-1]), "a dimension of -1"),
        (Proto.tensor("w", dims: [1 << 30, 1 << 30]), "float_data has 0 elements"),
        (
            Proto.tensor("w", dims: [2]) { $0.bytes(9, [0, 0, 0]) },
            "raw_data has 3 bytes; shape [2] of float32 takes 8"
        ),
        (
            Proto.tensor("w", dims: [1]) {
                $0.bytes(9, [0, 0, 0, 0])
                $0.bytes(4, [0, 0, 0, 0])
            }, "both raw_data and float_data"
        ),
        (Proto.tensor("w", dims: [2]) { $0.bytes(4, [0, 0, 0, 0]) }, "float_data has 1 elements; shape [2] takes 2"),
        (Proto.tensor("w", dims: [1]) { $0.bytes(7, [1]) }, "its type is float32, but it holds int64_data"),
        (Proto.tensor("w", dims: [1], type: 2) { $0.bytes(5, [0x80, 0x02]) }, "the element 256 does not fit"),
        (Proto.tensor("w", dims: [Int](repeating: 1, count: 9)), "9 dimensions"),
        (Proto.tensor("w", dims: [1], type: 8) { $0.text(6, "s") }, "type string"),
        (Proto.tensor("w", dims: [1], type: 14), "type complex64"),
        (Proto.tensor("w", dims: [1], type: 16), "type bfloat16"),
        (Proto.tensor("w", dims: [1], type: 99), "type number 99"),
        (Proto.tensor("w", dims: [1], type: 0), "type undefined"),
        (Proto.tensor("w", dims: [1]) { $0.message(3) { $0.integer(1, 0) } }, "segments"),
        (Proto.tensor("", dims: [0]), "needs a name"),
    ])
    func tensors(tensor: [UInt8], expected: String) {
        #expect(reason(Proto.model(nodes: [Self.relu], initializers: [tensor])).contains(expected))
    }

    @Test(arguments: [
        "../../etc/passwd", "/etc/passwd", "a/../../b", "", "a\u{0}b", String(repeating: "d", count: 4096),
    ])
    func externalData(location: String) {
        let tensor = Proto.tensor("w", dims: [1]) {
            $0.message(13) {
                $0.text(1, "location")
                $0.text(2, location)
            }
            $0.message(13) {
                $0.text(1, "offset")
                $0.text(2, "-1")
            }
            $0.integer(14, 1)
        }
        #expect(
            reason(Proto.model(nodes: [Self.relu], initializers: [tensor])).contains("stored outside the model file"))
    }

    @Test(arguments: [
        ([("", 0)], "operator set 0; supported are 1 to 21"), ([("", 999)], "operator set 999"),
        ([], "no operator set"), ([("ai.onnx.ml", 1)], "no operator set"),
        ([("", 13), ("ai.onnx", 14)], "several operator sets"),
    ])
    func operatorSets(opsets: [(String, Int)], expected: String) {
        #expect(reason(Proto.model(nodes: [Self.relu], opsets: opsets)).contains(expected))
    }

    @Test(arguments: [
        (Proto.attribute("a", type: 1) { $0.integer(3, 1) }, "is declared as type 1 but holds a integer"),
        (Proto.attribute("a", type: 77) { _ in }, "is of type 77"),
        (Proto.attribute("a", type: 2) { $0.text(21, "outer") }, "refers to a function's attribute"),
        (Proto.attribute("a", type: 3) { $0.bytes(4, [0xff, 0xfe]) }, "is not valid UTF-8"),
        (Proto.attribute("", 1), "needs a name"),
        (Proto.attribute("a", type: 11) { $0.message(22) { $0.integer(1, 1) } }, "is of type 11"),
    ])
    func attributes(attribute: [UInt8], expected: String) {
        let node = Proto.node("Relu", ["x"], ["y"], name: "n", attributes: [attribute])
        let reason = reason(Proto.model(nodes: [node]))
        #expect(reason.contains(expected))
        #expect(reason.contains("node \"n\" (Relu)"))
    }

    @Test func repeatedAttribute() {
        let attribute = Proto.attribute("a", 1)
        let node = Proto.node("Relu", ["x"], ["y"], attributes: [attribute, attribute])
        #expect(reason(Proto.model(nodes: [node])).contains("stands there twice"))
    }

    @Test func namesThatAreNotText() {
        let node = ProtobufWriter.build {
            $0.bytes(1, [0xc3, 0x28])
            $0.text(2, "y")
            $0.text(4, "Relu")
        }
        #expect(reason(Proto.model(nodes: [node])).contains("not an ONNX model"))
    }

    @Test func tooManyOfAnything() {
        let nodes = [[UInt8]](repeating: Proto.node("Identity", ["x"], ["y"]), count: 10_001)
        #expect(reason(Proto.model(nodes: nodes)).contains("nodes; allowed are 10000"))
        let weights = [[UInt8]](repeating: Proto.tensor("w", dims: [0]), count: 20_001)
        #expect(reason(Proto.model(nodes: [Self.relu], initializers: weights)).contains("initializers"))
        let wide = Proto.node("Concat", [String](repeating: "x", count: 5_000), ["y"])
        #expect(reason(Proto.model(nodes: [wide])).contains("inputs and outputs of one node"))
        let declared = Proto.value("x", [Int?](repeating: 1, count: 9))
        #expect(reason(Proto.model(nodes: [Self.relu], inputs: [declared])).contains("dimensions"))
        var limits = ModelLimits()
        limits.fileBytes = 10
        #expect(reason(Self.good, limits: limits).contains("bytes; allowed are 10"))
    }

    @Test func functionsSparseWeightsAndOtherKindsOfValue() {
        #expect(reason(Proto.model(nodes: [Self.relu]) { $0.message(25) { $0.text(1, "f") } }).contains("functions"))
        let sparse = ProtobufWriter.build { model in
            model.integer(1, 8)
            model.message(7) { $0.message(15) { $0.integer(3, 5) } }
        }
        #expect(reason(sparse).contains("sparse initializers"))
        let sequence = ProtobufWriter.build {
            $0.text(1, "x")
            $0.message(2) { $0.message(4) { _ in } }
        }
        #expect(reason(Proto.model(nodes: [Self.relu], inputs: [sequence])).contains("not declared as a tensor"))
        let text = Proto.value("x", [1], type: 8)
        #expect(reason(Proto.model(nodes: [Self.relu], inputs: [text])).contains("type string"))
        let negative = Proto.value("x", [-5])
        #expect(reason(Proto.model(nodes: [Self.relu], inputs: [negative])).contains("a dimension of -5"))
    }

    @Test func whatIsNotAFile() throws {
        var template = Array("/tmp/svertka-onnx-XXXXXX".utf8CString)
        let folder = try #require(template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) })
        let path = FilePath(String(cString: folder))
        defer {
            unlink(path.appending("fifo").string)
            rmdir(path.string)
        }
        try #require(mkfifo(path.appending("fifo").string, 0o600) == 0)
        for (name, expected) in [
            ("fifo", "not a regular file"), ("absent", "No such file"), ("", "not a regular file"),
        ] {
            let error = #expect(throws: ModelError.self) { try Model.read(path.appending(name)) }
            #expect(error?.description.contains(expected) == true)
        }
    }
}
