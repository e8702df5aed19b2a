@testable import Codecs
import Raster
import Testing

@Suite("What is odd about a picture that can be read is told")
struct WarningTests {
    /// The places of the markers that begin a scan.
    private func scans(_ file: [UInt8]) -> [Int] {
        file.indices.dropLast().filter { file[$0] == 0xff && file[$0 + 1] == 0xda }
    }

    @Test("A progressive JPEG without its last scans says so, wherever it ends", arguments: [ChannelLayout.gray, .rgb])
    func missingScans(layout: ChannelLayout) throws {
        let file = try Picture(40, 30, layout).encoded(as: .jpeg, options: .init(progressive: true))
        #expect(try decode(file).warnings.isEmpty)
        let scans = scans(file)
        #expect(scans.count == (layout == .gray ? 6 : 10))
        for place in scans.dropFirst() {
            let decoded = try decode(Array(file[..<place]) + [0xff, 0xd9])
            #expect(decoded.warnings.map(\.kind) == [.damaged], "\(place)")
            #expect(decoded.warnings.first?.message.contains("scans are missing") == true)
        }
    }

    private func png(_ chunks: [(ChunkType, [UInt8])], afterImage: [(ChunkType, [UInt8])] = []) throws -> [UInt8] {
        let file = try Picture(9, 5, .rgb).encoded(as: .png)
        let end = file.count - 12
        func encoded(_ chunks: [(ChunkType, [UInt8])]) -> [UInt8] { chunks.flatMap { encodedChunk($0.0, $0.1) } }
        return file[..<33] + encoded(chunks) + file[33..<end] + encoded(afterImage) + file[end...]
    }

    @Test("Of an animation the still picture is read, and the rest told to be left out")
    func animation() throws {
        func warnings(_ control: [UInt8]) throws -> [CodecWarning] { try decode(try png([(.actl, control)])).warnings }
        let twelve = try warnings([0, 0, 0, 12, 0, 0, 0, 0])
        #expect(twelve.map(\.kind) == [.metadata] && twelve[0].message.contains("an animation of 12 pictures"))
        #expect(try warnings([0, 0, 0, 1, 0, 0, 0, 0]).isEmpty)
        for control in [[], [0, 0, 0, 12], [UInt8](repeating: 0, count: 9)] {
            let found = try warnings(control)
            #expect(found.map(\.kind) == [.metadata])
            #expect(found.first?.message.contains("acTL has \(control.count) bytes instead of 8") == true)
        }
        // Nothing of it is written.
        let decoded = try decode(try png([(.actl, [0, 0, 0, 2, 0, 0, 0, 0]), (ChunkType("fcTL"), [1])]))
        let again = try decoded.picture.encoded(as: .png, metadata: decoded.metadata)
        #expect(again == (try decoded.picture.encoded(as: .png)))
    }

    @Test("A critical chunk that nobody knows is refused, before the image data and behind", arguments: [false, true])
    func unknownCriticalChunk(isBehind: Bool) throws {
        let chunk = [(ChunkType("CgBI"), [UInt8(1), 2])]
        let file = try png(isBehind ? [] : chunk, afterImage: isBehind ? chunk : [])
        for onTruncated in [TruncationPolicy.fail, .salvage] {
            do throws(CodecError) {
                _ = try decode(file, options: .init(onTruncated: onTruncated))
                Issue.record("it was read")
            } catch {
                guard case .malformed(.png, let detail, _) = error else { throw error }
                #expect(detail.contains("an unknown critical chunk, CgBI"))
            }
        }
    }
}
