@testable import Codecs
import Glibc
import Raster
import Testing

@Suite("What is no sound picture is refused with a reason")
struct RefusalTests {
    private func failure(_ bytes: [UInt8], _ options: DecodeOptions = .init()) -> CodecError? {
        do throws(CodecError) {
            _ = try decode(bytes, options: options)
            return nil
        } catch { return error }
    }

    @Test("Other content is named")
    func otherContent() {
        let cases: [([UInt8], String)] = [
            ([], "empty"), (Array("hello, world\n".utf8), "text"), (Array("<!DOCTYPE html><p>".utf8), "HTML"),
            (Array("GIF89a".utf8) + [1, 0], "GIF"), ([UInt8](repeating: 0, count: 100), "zero bytes"),
            ([0x89, 0x50, 0x4e], "only the first 3 bytes"), ([0xff], "only the first 1 bytes"),
        ]
        for (bytes, word) in cases {
            guard case .notAnImage(let found) = failure(bytes) else {
                Issue.record("\(word) was not refused")
                continue
            }
            #expect(found.contains(word))
        }
    }

    @Test("A directory is no picture")
    func directory() {
        let descriptor = open("/", O_RDONLY)
        defer { close(descriptor) }
        #expect(throws: CodecError.notAnImage(found: "a directory")) { try ImageDecoder(descriptor: descriptor) }
    }

    @Test("A file that cannot be read is an I/O failure that may pass")
    func unreadable() {
        do throws(CodecError) {
            _ = try ImageDecoder(descriptor: -1)
            Issue.record("it was read")
        } catch {
            #expect(error.code == "io" && error.isTransient)
        }
    }

    @Test(
        "A file cut at any byte is refused, or salvaged with a warning", arguments: ImageFormat.allCases, [false, true])
    func cut(format: ImageFormat, wholeFirst: Bool) throws {
        let options = EncodeOptions(progressive: wholeFirst, interlace: wholeFirst)
        let file = try Picture(40, 30, .rgb).encoded(as: format, options: options)
        var salvaged = 0
        for count in stride(from: 0, to: file.count, by: 5) {
            let part = Array(file.prefix(count))
            #expect(failure(part) != nil, "\(count) of \(file.count) bytes")
            if let decoded = try? decode(part, options: .init(onTruncated: .salvage)) {
                #expect(decoded.picture.size.height == 30)
                #expect(decoded.warnings.contains { $0.kind == .truncated || $0.kind == .damaged })
                salvaged += 1
            }
        }
        #expect(salvaged > 0)
    }

    @Test("A PNG cut behind its compressed data keeps every row when it is salvaged", arguments: [false, true])
    func cutBehindTheData(interlace: Bool) throws {
        let picture = Picture(40, 30, .rgb)
        let file = try picture.encoded(as: .png, options: .init(interlace: interlace))
        // IEND takes twelve bytes, the checksum before it four.
        for missing in 12...16 {
            let part = Array(file.dropLast(missing))
            #expect(failure(part)?.code != nil)
            #expect(try decode(part, options: .init(onTruncated: .salvage)).picture.bytes == picture.bytes)
        }
    }

    @Test("Limits are checked on the header, and named", arguments: ImageFormat.allCases)
    func limits(format: ImageFormat) throws {
        let file = try Picture(1000, 600, .rgb).encoded(as: format, options: .init(progressive: true))
        func refusal(_ limits: DecodeLimits) -> String? { failure(file, .init(limits: limits))?.code }
        #expect(refusal(.init()) == nil)
        #expect(refusal(.init(megapixels: 0.6)) == nil)
        #expect(refusal(.init(megapixels: 0.59)) == "limit-megapixels")
        #expect(refusal(.init(side: 999)) == "limit-side")
        #expect(refusal(.init(fileBytes: file.count - 1)) == "limit-file-bytes")
        #expect(refusal(.init(decodedBytes: 1_799_999)) == "limit-decoded-bytes")
        if format == .jpeg { #expect(refusal(.init(scans: 3)) == "limit-scans") }
    }

    @Test("A full disk is told, and may pass", arguments: ImageFormat.allCases, [false, true])
    func fullDisk(format: ImageFormat, interlace: Bool) {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let picture = Picture(60, 40, .rgb)
        do {
            let encoder = try ImageEncoder(
                descriptor: descriptor, format: format, size: picture.size, layout: .rgb, sampleType: .uint8,
                options: .init(interlace: interlace))
            try picture.bytes.withUnsafeBytes {
                try encoder.write(rows: 40, from: $0.baseAddress!, bytesPerRow: picture.bytesPerRow)
            }
            try encoder.finish()
            Issue.record("it was written")
        } catch {
            #expect(error as? CodecError == .io(operation: "write", errno: ENOSPC))
            #expect((error as? CodecError)?.isTransient == true)
        }
    }

    @Test("Long work inside one call can be cancelled")
    func cancellation() throws {
        let file = try Picture(300, 300, .rgb).encoded(as: .jpeg, options: .init(progressive: true))
        #expect(failure(file, .init(isCancelled: { true })) == .cancelled)
    }
}
