import Testing

@testable import ONNX

@Suite("A model is read as its file states it")
struct ModelReaderTests {
    let relu = Proto.node("Relu", ["x"], ["y"], name: "first")

    @Test func smallModel() throws {
        let model = try Model(
            bytes: Proto.model(
                nodes: [
                    Proto.node(
                        "Conv", ["x", "w", ""], ["y"],
                        attributes: [
                            Proto.attribute("group", 1),
                            Proto.attribute("pads", type: 7) { for _ in 0..<4 { $0.integer(8, -1) } },
                            Proto.attribute("auto_pad", type: 3) { $0.text(4, "NOTSET") },
                            Proto.attribute("scale", type: 1) { $0.float(2, 0.5) },
                        ])
                ],
                initializers: [Proto.floats("w", dims: [1, 2], [3, -4])],
                inputs: [Proto.value("x", [1, nil, 5]), Proto.value("w", [1, 2])]),
            file: "small.onnx")
        #expect(model.opset == 13)
        #expect(model.graph.inputs == [ValueInfo(name: "x", type: .float32, shape: [.fixed(1), .unknown, .fixed(5)])])
        let node = try #require(model.graph.nodes.first)
        #expect(node.inputs == ["x", "w", ""])
        guard case .integers(let pads)? = node.attributes["pads"] else {
            Issue.record("pads are not integers")
            return
        }
        #expect(pads == [-1, -1, -1, -1])
        guard case .float32(let weights)? = model.graph.initializers["w"]?.elements else {
            Issue.record("weights are not float32")
            return
        }
        #expect(weights == [3, -4])
    }

    @Test func unsortedNodesComeOutSorted() throws {
        let model = try Model(
            bytes: Proto.model(nodes: [
                Proto.node("Relu", ["b"], ["y"], name: "third"),
                Proto.node("Relu", ["a"], ["b"], name: "second"),
                Proto.node("Relu", ["x"], ["a"], name: "first"),
            ]), file: "m")
        #expect(model.graph.nodes.map(\.name) == ["first", "second", "third"])
    }

    @Test func packedAndUnpackedListsAreTheSame() throws {
        for packed in [true, false] {
            let tensor = Proto.tensor("w", dims: [3], type: 7) { tensor in
                if packed { tensor.bytes(7, [1, 2, 3]) } else { for value in 1...3 { tensor.integer(7, value) } }
            }
            let model = try Model(bytes: Proto.model(nodes: [relu], initializers: [tensor]), file: "m")
            guard case .int64(let values)? = model.graph.initializers["w"]?.elements else {
                Issue.record("not int64")
                return
            }
            #expect(values == [1, 2, 3])
        }
    }

    @Test func unknownFieldsAreSkipped() throws {
        let bytes = Proto.model(nodes: [relu]) {
            $0.integer(999, 5)
            $0.text(1000, "later version")
            $0.float(1001, 1)
        }
        #expect(try Model(bytes: bytes, file: "m").graph.nodes.count == 1)
    }

    @Test func repeatedScalarKeepsTheLast() throws {
        let bytes = Proto.model(nodes: [relu], ir: 3) { $0.integer(1, 8) }
        #expect(try Model(bytes: bytes, file: "m").irVersion == 8)
    }

    @Test func weightsThatAreNotNumbersWarn() throws {
        let bytes = Proto.model(nodes: [relu], initializers: [Proto.floats("w", dims: [2], [1, .nan])])
        #expect(try Model(bytes: bytes, file: "m").warnings == ["initializer \"w\" holds nan"])
    }

    @Test(arguments: [
        (0x0000, 0), (0x8000, -0.0), (0x3c00, 1), (0xc000, -2), (0x7bff, 65504), (0x0001, 0x1p-24), (0x03ff, 0x3ffp-24),
        (0x7c00, Float.infinity), (0xfc00, -Float.infinity),
    ])
    func halfPrecision(bits: Int, value: Float) {
        #expect(floatValue(ofHalf: UInt16(bits)).bitPattern == value.bitPattern)
    }

    @Test func halfPrecisionNotANumber() { #expect(floatValue(ofHalf: 0x7e00).isNaN) }

    @Test func floatsOfOtherWidthsAreRead() throws {
        let half = Proto.tensor("h", dims: [2], type: 10) { $0.bytes(9, [0x00, 0x3c, 0x00, 0xc0]) }
        let double = Proto.tensor("d", dims: [1], type: 11) { $0.bytes(9, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]) }
        let model = try Model(bytes: Proto.model(nodes: [relu], initializers: [half, double]), file: "m")
        guard case .float32(let halves)? = model.graph.initializers["h"]?.elements,
            case .float32(let doubles)? = model.graph.initializers["d"]?.elements
        else {
            Issue.record("not float32")
            return
        }
        #expect(halves == [1, -2])
        #expect(doubles == [1.5])
    }

    @Test func namesAreEscapedInMessages() {
        #expect(printable("a\u{0}\n\u{1b}[31m") == "a\\u{0}\\u{a}\\u{1b}[31m")
        #expect(printable(String(repeating: "n", count: 1_000_000)).count == 257)
    }
}
