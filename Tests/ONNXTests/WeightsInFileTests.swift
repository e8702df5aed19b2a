import Foundation
import SystemPackage
import Testing

@testable import ONNX

@Suite("Many weights stay in the model's file")
final class WeightsInFileTests {
    private let folder = FilePath(NSTemporaryDirectory()).appending("svertka-onnx-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder.string) }

    private let small: [Float] = [1, 2, 3]
    private let large = (0..<20_000).map { Float($0) / 7 }
    private let halves = (0..<40_000).map { UInt16($0 % 30_000) }

    private func model(_ more: [[UInt8]] = []) -> [UInt8] {
        let first = Proto.tensor("halves", dims: [2, 20_000], type: 10) { tensor in
            tensor.bytes(9, halves.withUnsafeBytes { Array($0) })
        }
        return Proto.model(
            nodes: [Proto.node("Relu", ["x"], ["y"])],
            initializers: [
                first, Proto.floats("small", dims: [3], small), Proto.floats("large", dims: [100, 200], large),
            ]
                + more)
    }

    private func read(_ bytes: [UInt8], _ name: String = "m.onnx") throws -> Model {
        try Data(bytes).write(to: URL(filePath: folder.appending(name).string))
        return try Model.read(folder.appending(name))
    }

    private func inFile(_ model: Model, _ name: String = "large") throws -> FloatsInFile {
        guard case .float32InFile(let floats)? = model.graph.initializers[name]?.elements else {
            throw ModelError(file: name, fault: .notAModel("its weights are not in the file"))
        }
        return floats
    }

    private func numbers(_ floats: FloatsInFile) -> [Float] {
        [Float](unsafeUninitializedCapacity: floats.count) { buffer, count in
            floats.read(to: buffer.baseAddress!)
            count = floats.count
        }
    }

    @Test func theyAreTheSameAsInMemory() throws {
        let file = try read(model()), memory = try Model(bytes: model(), file: "m.onnx")
        guard case .float32(let expected)? = memory.graph.initializers["large"]?.elements,
            case .float32(let fewOfFile)? = file.graph.initializers["small"]?.elements,
            case .float32(let halvesOfFile)? = file.graph.initializers["halves"]?.elements
        else {
            Issue.record("others are in memory")
            return
        }
        #expect(expected == large && fewOfFile == small)
        #expect(halvesOfFile == halves.map { floatValue(ofHalf: $0) })
        let floats = try inFile(file)
        #expect(numbers(floats) == large && numbers(floats) == large)
        #expect(floats.file.fault == nil && file.graph.weightsFile === floats.file && memory.graph.weightsFile == nil)
        #expect(file.graph.initializers["large"]?.shape == [100, 200])
    }

    @Test func aNewVersionThatTakesThePlaceChangesNothing() throws {
        let floats = try inFile(try read(model()))
        try Data([1, 2, 3]).write(to: URL(filePath: folder.appending("new").string))
        #expect(rename(folder.appending("new").string, folder.appending("m.onnx").string) == 0)
        #expect(numbers(floats) == large && floats.file.fault == nil)
    }

    @Test(arguments: [false, true])
    func aChangeInPlaceIsNoticed(_ isCut: Bool) throws {
        let floats = try inFile(try read(model()))
        let path = folder.appending("m.onnx").string
        if isCut {
            #expect(truncate(path, 1000) == 0)
        } else {
            let handle = try FileHandle(forUpdating: URL(filePath: path))
            try handle.seek(toOffset: UInt64(floats.range.upperBound - 1))
            try handle.write(contentsOf: [0x7f])
            try handle.close()
        }
        _ = numbers(floats)
        let reason = floats.file.fault.map { ModelError(file: "m.onnx", fault: $0).description } ?? ""
        #expect(reason.contains(isCut ? "shorter" : "changed while it was in use"), "\(reason)")
    }

    @Test func everyByteAndTheLengthCount() {
        func sum(_ bytes: ArraySlice<UInt8>, inPiecesOf length: Int = 100) -> UInt64 {
            var checksum = Checksum()
            for first in stride(from: 0, to: bytes.count, by: length) {
                bytes[first..<min(first + length, bytes.count)].withUnsafeBytes { checksum.add($0) }
            }
            return checksum.value
        }
        let bytes = (0..<100).map { UInt8($0) }
        var sums: Set<UInt64> = []
        for length in 0...100 { sums.insert(sum(bytes[..<length])) }
        for index in 0..<100 {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << bit
                sums.insert(sum(other[...]))
            }
        }
        #expect(sums.count == 101 + 800)
        #expect([32, 64, 96].allSatisfy { sum(bytes[...], inPiecesOf: $0) == sum(bytes[...]) })
    }

    @Test func theirSizeAndNumbersAreChecked() throws {
        let short = Proto.tensor("short", dims: [30_000]) { $0.bytes(9, Proto.raw(large)) }
        #expect {
            try read(model([short]))
        } throws: {
            "\($0)".contains("raw_data has 80000 bytes; shape [30000] of float32 takes 120000")
        }
        let twofold = Proto.tensor("twofold", dims: [20_000]) {
            $0.bytes(9, Proto.raw(large))
            $0.bytes(4, Proto.raw([1]))
        }
        #expect {
            try read(model([twofold]))
        } throws: {
            "\($0)".contains("both raw_data and float_data")
        }
        var odd = large
        odd[19_999] = .infinity
        #expect(
            try read(model([Proto.floats("odd", dims: [20_000], odd)])).warnings.contains { $0.contains("holds inf") })
    }

    /// Of a field that stands twice the last one counts.
    @Test func dataThatStandTwiceCountOnce() throws {
        let twice = Proto.tensor("twice", dims: [20_000]) {
            $0.bytes(9, Proto.raw(large.reversed()))
            $0.bytes(9, Proto.raw(large))
        }
        guard case .float32(let values)? = try read(model([twice])).graph.initializers["twice"]?.elements else {
            Issue.record("they are in memory")
            return
        }
        #expect(values == large)
    }
}
