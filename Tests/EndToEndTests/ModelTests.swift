import Foundation
import Testing

@Suite("The commands of model show and run networks")
struct ModelTests {
    private let folder = try! Folder()

    /// A field of a protobuf message.
    private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        let length =
            bytes.count < 128
            ? [UInt8(bytes.count)] : [UInt8(bytes.count & 127) | 128, UInt8(bytes.count >> 7)]
        return [number << 3 | 2] + length + bytes
    }

    private static func text(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    /// A network on four numbers: operators one after the other, named n0, n1 and so on.
    private func write(_ operators: [String], to name: String) throws {
        var graph: [UInt8] = []
        for (index, op) in operators.enumerated() {
            graph += Self.field(
                1,
                Self.text(1, "v\(index)") + Self.text(2, "v\(index + 1)") + Self.text(3, "n\(index)")
                    + Self.text(4, op))
        }
        graph += Self.text(2, "test")
        for (number, value) in [(UInt8(11), "v0"), (12, "v\(operators.count)")] {
            let type = Self.field(1, [0x08, 1] + Self.field(2, Self.field(1, [0x08, 4])))
            graph += Self.field(number, Self.text(1, value) + Self.field(2, type))
        }
        let bytes = [0x08, 8] + Self.field(7, graph) + Self.field(8, [0x10, 13])
        try Data(bytes).write(to: URL(filePath: folder.path + "/" + name))
    }

    /// An array of four float32 in NumPy's format.
    private func write(_ numbers: [Float], to name: String) throws {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"
        var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0]
        let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        bytes += [UInt8(padded.utf8.count), 0] + Array(padded.utf8)
        for number in numbers { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 } }
        try Data(bytes).write(to: URL(filePath: folder.path + "/" + name))
    }

    @Test func inspectTellsLayersAndMemory() throws {
        try write(["Relu", "Neg"], to: "right.onnx")
        let text = try Program.svertka.run("model", "inspect", "right.onnx", in: folder)
        #expect(text.status == 0 && text.errors.isEmpty)
        #expect(text.output.contains("n0") && text.output.contains("memory "), "\(text.output)")
        let json = try Program.svertka.run("model", "inspect", "right.onnx", "--json", in: folder).output
        let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let layers = try #require(report["layers"] as? [[String: Any]])
        #expect(layers.map { $0["name"] as? String } == ["n0", "n1"])
        #expect(layers.allSatisfy { $0["output"] as? [Int] == [4] })
        #expect((report["plan"] as? [String: Any])?["peakBytes"] is Int)
    }

    /// What is missing is told all at once, beside everything else that is known.
    @Test func inspectGoesOnWhereOperatorsAreMissing() throws {
        try write(["Relu", "Loop", "Relu", "StringSplit"], to: "wrong.onnx")
        let text = try Program.svertka.run("model", "inspect", "wrong.onnx", in: folder)
        #expect(text.status == 2)
        #expect(text.output.contains("Relu 2") && text.output.contains("n3"))
        #expect(text.errors.contains("Loop, StringSplit"))
        let json = try Program.svertka.run("model", "inspect", "wrong.onnx", "--json", in: folder).output
        let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(report["unsupported"] as? [String] == ["Loop", "StringSplit"])
        #expect((report["layers"] as? [Any])?.count == 4)
    }

    @Test func runMakesItsFolder() throws {
        try write(["Relu", "Neg"], to: "right.onnx")
        try write([1, -2, 3, -4], to: "in.npy")
        let run = try Program.svertka.run(
            "model", "run", "right.onnx", "--input", "v0=in.npy", "--output", "o/deep", in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let bytes = try #require(FileManager.default.contents(atPath: folder.path + "/o/deep/v2.npy"))
        let numbers = bytes.suffix(16).withUnsafeBytes { raw in
            (0..<4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
        #expect(numbers == [-1, 0, -3, 0])
    }
}
