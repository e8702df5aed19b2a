@testable import Codecs
import Raster
import Testing

@Suite("Metadata are kept, changed or removed as asked")
struct MetadataTests {
    private let picture = Picture(8, 5, .rgb)

    /// A PNG with these chunks before its samples.
    private func png(_ chunks: [(ChunkType, [UInt8])], picture: Picture? = nil) throws -> [UInt8] {
        let file = try (picture ?? self.picture).encoded(as: .png)
        return file[..<33] + chunks.flatMap { encodedChunk($0.0, $0.1) } + file[33...]
    }

    /// A JPEG with these segments before the others.
    private func jpeg(_ segments: [(UInt8, [UInt8])]) throws -> [UInt8] {
        let file = try picture.encoded(as: .jpeg)
        let inserted = segments.flatMap { marker, data -> [UInt8] in
            [0xff, marker, UInt8((data.count + 2) >> 8), UInt8((data.count + 2) & 255)] + data
        }
        return file[..<20] + inserted + file[20...]
    }

    private func rewritten(
        _ file: [UInt8], as format: ImageFormat, _ change: (ImageMetadata) -> ImageMetadata = { $0 }
    ) throws -> [UInt8] {
        let decoded = try decode(file)
        return try decoded.picture.encoded(as: format, metadata: change(decoded.metadata))
    }

    private var profile: [UInt8] {
        // Large enough for two segments.
        var bytes = [UInt8](repeating: 0, count: 70_000)
        bytes.replaceSubrange(16..<20, with: Array("RGB ".utf8))
        for index in 128..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* index >> 3) }
        return bytes
    }

    @Test("PNG to PNG keeps every ancillary chunk byte for byte")
    func pngToPNG() throws {
        let profile = Array("name\0\0".utf8) + Deflate.deflate(self.profile)!
        let before: [(ChunkType, [UInt8])] = [
            (.gama, [0, 0, 0xb1, 0x8f]), (.iccp, profile), (.sbit, [8, 7, 6]), (.bkgd, [0, 1, 0, 2, 0, 3]),
            (.phys, [0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1]), (.exif, ExifSample().bytes),
            (.text, Array("Title\0caf\u{e9}".unicodeScalars.map { UInt8($0.value) })),
            (.itxt, Array("XML:com.adobe.xmp\0\0\0\0\0<x/>".utf8)), (.cicp, [1, 13, 0, 1]),
            (ChunkType("spAx"), [1, 2, 3]),
        ]
        let result = try decode(try rewritten(try png(before), as: .png))
        let kept = result.metadata.entries.compactMap { entry -> [UInt8]? in
            guard case .chunk(let type, let data, false) = entry.source else { return nil }
            return encodedChunk(type, data)
        }
        #expect(kept == before.map { encodedChunk($0.0, $0.1) })
        #expect(result.header.orientation == 6)
        #expect(result.metadata.profile == self.profile)
    }

    @Test("A chunk that must not survive a change of the samples is left out")
    func unsafeToCopy() throws {
        let result = try rewritten(try png([(ChunkType("spAX"), [1]), (.hist, [0, 1])]), as: .png)
        #expect(try decode(result).metadata.isEmpty)
    }

    @Test(
        "Chunks that would make no sound file are left out, with a warning",
        arguments: [("gAMA", 3), ("cHRM", 31), ("sRGB", 2), ("cICP", 5), ("pHYs", 8), ("tIME", 6), ("abcd", 1)])
    func unsound(name: String, count: Int) throws {
        let type = ChunkType(code: name.utf8.reduce(0) { $0 << 8 | UInt32($1) })
        let decoded = try decode(try png([(type, [UInt8](repeating: 1, count: count))]))
        #expect(decoded.metadata.isEmpty && decoded.warnings.map(\.kind) == [.metadata])
    }

    @Test("Of what a PNG may have once the first counts", arguments: ImageFormat.allCases)
    func twice(format: ImageFormat) throws {
        let exif = ExifSample().bytes
        let source =
            format == .png
            ? try png([(.exif, exif), (.exif, exif)])
            : try jpeg([(0xe1, Array("Exif\0\0".utf8) + exif), (0xe1, Array("Exif\0\0".utf8) + exif)])
        let result = try decode(try rewritten(source, as: .png))
        #expect(result.metadata.entries.filter { $0.part == .exif }.count == 1)
    }

    @Test("Chunks that follow the samples stay there")
    func chunksBehind() throws {
        let file = try picture.encoded(as: .png)
        let text = encodedChunk(.text, Array("Comment\0late".utf8))
        let result = try rewritten(file.dropLast(12) + text + file.suffix(12), as: .png)
        #expect(result.dropLast(12).suffix(text.count).elementsEqual(text))
    }

    @Test("JPEG to JPEG keeps its segments byte for byte")
    func jpegToJPEG() throws {
        let introduction = Array("ICC_PROFILE\0".utf8)
        let segments: [(UInt8, [UInt8])] = [
            (0xe1, Array("Exif\0\0".utf8) + ExifSample().bytes),
            (0xe1, Array("http://ns.adobe.com/xap/1.0/\0<x/>".utf8)),
            (0xed, Array("Photoshop 3.0\0".utf8)), (0xfe, Array("a comment".utf8)), (0xe5, [9, 9]),
            (0xe2, introduction + [1, 2] + profile[..<60_000]), (0xe2, introduction + [2, 2] + profile[60_000...]),
        ]
        let result = try decode(try rewritten(try jpeg(segments), as: .jpeg)).metadata
        let kept = result.entries.filter { $0.part != .density }.flatMap { entry -> [JPEGSegment] in
            guard case .segments(let segments) = entry.source else { return [] }
            return segments
        }
        #expect(kept == segments.map { JPEGSegment(marker: $0.0, data: $0.1) })
        #expect(result.profile == profile)
    }

    @Test("Profile, EXIF, XMP, density and texts change formats")
    func acrossFormats() throws {
        let chunks: [(ChunkType, [UInt8])] = [
            (.iccp, Array("name\0\0".utf8) + Deflate.deflate(profile)!), (.exif, ExifSample().bytes),
            (.itxt, Array("XML:com.adobe.xmp\0\0\0\0\0<x/>".utf8)),
            (.phys, PixelDensity(unit: .inch, x: 300, y: 300).physical), (.text, Array("Comment\0hello".utf8)),
        ]
        let asJPEG = try decode(try rewritten(try png(chunks), as: .jpeg))
        let back = try decode(try rewritten(try rewritten(try png(chunks), as: .jpeg), as: .png))
        for metadata in [asJPEG.metadata, back.metadata] {
            #expect(metadata.profile == profile)
            #expect(metadata.orientation == 6)
            #expect(metadata.density == PixelDensity(unit: .inch, x: 300, y: 300))
            #expect(metadata.parts.isSuperset(of: [.icc, .exif, .gps, .thumbnail, .xmp, .density, .text]))
        }
        let comment = back.metadata.entries.compactMap { entry -> PNGText? in
            guard entry.part == .text, case .chunk(let type, let data, _) = entry.source else { return nil }
            return PNGText(type, data)
        }
        #expect(comment.map(\.utf8) == [Array("hello".utf8)])
    }

    @Test("A density can be stated", arguments: ImageFormat.allCases)
    func density(format: ImageFormat) throws {
        let source = try decode(try png([(.phys, [0, 0, 0, 1, 0, 0, 0, 2, 0])]))
        for dotsPerInch in [1, 72, 96, 300, 1200, 65_535] {
            let options = EncodeOptions(dotsPerInch: dotsPerInch)
            let file = try source.picture.encoded(as: format, options: options, metadata: source.metadata)
            let density = PixelDensity(unit: .inch, x: UInt16(dotsPerInch), y: UInt16(dotsPerInch))
            #expect(try decode(file).metadata.density == density)
        }
    }

    @Test("A profile of other channels is left out, with a warning")
    func profileOfOtherChannels() throws {
        let decoded = try decode(try png([(.iccp, Array("name\0\0".utf8) + Deflate.deflate(profile)!)]))
        let file = TemporaryFile()
        let encoder = try ImageEncoder(
            descriptor: file.descriptor, format: .png, size: .init(width: 1, height: 1), layout: .gray,
            sampleType: .uint8, metadata: decoded.metadata)
        try encoder.write(rows: 1, from: [7], bytesPerRow: 1)
        try encoder.finish()
        #expect(encoder.warnings.map(\.kind) == [.metadata])
        #expect(try decode(file.bytes).metadata.isEmpty)
    }

    @Test(
        "An upright picture says so in EXIF and XMP, and has no thumbnail that lies", arguments: [false, true], 1...8)
    func baked(isBigEndian: Bool, orientation: Int) throws {
        let exif = ExifSample(orientation: orientation, isBigEndian: isBigEndian).bytes
        let packet = "<x tiff:Orientation=\"\(orientation)\"><tiff:Orientation>\(orientation)</tiff:Orientation></x>"
        let sources = [
            try png([(.exif, exif), (.itxt, Array("XML:com.adobe.xmp\0\0\0\0\0\(packet)".utf8))]),
            try jpeg([
                (0xe1, Array("Exif\0\0".utf8) + exif), (0xe1, Array("http://ns.adobe.com/xap/1.0/\0\(packet)".utf8)),
            ]),
        ]
        for (source, format) in zip(sources, ImageFormat.allCases) {
            #expect(try decode(source).header.orientation == orientation)
            let result = try decode(try rewritten(source, as: format) { $0.adapted(to: .init(orientation: 1)) })
            #expect(result.header.orientation == 1)
            #expect(result.metadata.parts.contains(.thumbnail) == (orientation == 1))
            #expect(result.metadata.parts.isSuperset(of: [.exif, .gps, .xmp]))
            let bytes = result.metadata.entries.compactMap(\.exif).first!
            #expect((bytes.firstRange(of: ExifSample.thumbnail) != nil) == (orientation == 1))
            #expect(bytes.firstRange(of: Array("Ann".utf8)) != nil)
            let expected = packet.replacing("\(orientation)", with: "1")
            let file = try rewritten(source, as: format) { $0.adapted(to: .init(orientation: 1)) }
            #expect(file.firstRange(of: Array(expected.utf8)) != nil)
        }
    }

    @Test("The place where a picture was taken can be removed alone", arguments: [false, true])
    func location(isBigEndian: Bool) throws {
        let exif = ExifSample(isBigEndian: isBigEndian).bytes
        let source = try png([(.exif, exif), (.itxt, Array("XML:com.adobe.xmp\0\0\0\0\0<exif:GPSLatitude/>".utf8))])
        let result = try rewritten(source, as: .png) { $0.stripped([.gps]) }
        #expect(result.firstRange(of: ExifSample.secret) == nil)
        let metadata = try decode(result).metadata
        #expect(metadata.parts == [.exif, .thumbnail])
        #expect(metadata.orientation == 6)
        #expect(metadata.entries[0].exif!.firstRange(of: ExifSample.thumbnail) != nil)
    }

    @Test("Stripping leaves what the colours mean")
    func stripped() throws {
        let source = try png([
            (.gama, [0, 0, 0xb1, 0x8f]), (.exif, ExifSample().bytes), (.text, Array("Author\0me".utf8)),
            (.phys, [0, 0, 0, 1, 0, 0, 0, 1, 0]), (.time, [7, 0xe8, 1, 1, 0, 0, 0]),
        ])
        #expect(try decode(source).metadata.strippedToColor().parts == [.gamma])
        #expect(
            try decode(source).metadata.stripped([.text, .time]).parts == [.gamma, .exif, .gps, .thumbnail, .density])
        #expect(try decode(try rewritten(source, as: .png) { _ in ImageMetadata() }).metadata.isEmpty)
    }

    @Test("EXIF data damaged anywhere neither crash nor hang")
    func damagedExif() {
        let sound = ExifSample().bytes
        for index in sound.indices {
            for value: UInt8 in [0, 1, 8, 0x7f, 0xff] {
                var bytes = sound
                bytes[index] = value
                for bytes in [bytes, Array(bytes.prefix(index))] {
                    guard var exif = Exif(bytes) else { continue }
                    _ = exif.orientation
                    exif.removeLocation()
                    exif.removeThumbnail()
                    exif.setOrientation(1)
                    #expect(exif.bytes.count <= bytes.count)
                }
            }
        }
    }

    @Test("EXIF data whose place cannot be taken out are left out as a whole", arguments: [false, true])
    func claimedEntries(isBigEndian: Bool) throws {
        var exif = ExifSample(isBigEndian: isBigEndian).bytes
        // 44 entries instead of 3: the directory would end behind the data.
        exif[isBigEndian ? 9 : 8] = 44
        let metadata = try decode(try png([(.exif, exif)])).metadata
        #expect(metadata.parts.contains(.gps))
        #expect(metadata.stripped([.gps]).isEmpty)
    }

    @Test("Directories that claim everything are given up, not followed for hours")
    func hostileExif() {
        // One directory of 65,535 entries, each of which points to itself as a GPS directory with large values.
        var bytes = Array("MM\0*\0\0\0\u{8}".utf8) + [0xff, 0xff]
        for _ in 0..<65_535 { bytes += [0x88, 0x25, 0, 12, 0, 0x0f, 0xff, 0xff, 0, 0, 0, 10] }
        var exif = Exif(bytes)!
        exif.removeLocation()
        #expect(exif.isMalformed)
    }

    @Test("Texts that inflate beyond the limit are left out, with a warning")
    func textBomb() throws {
        let bomb = Array("Comment\0\0".utf8) + Deflate.deflate([UInt8](repeating: 32, count: 3_000_000))!
        let source = try png([(.ztxt, bomb), (.ztxt, bomb)])
        let limits = DecodeLimits(inflatedMetadataBytes: 4_000_000)
        let decoded = try decode(source, options: .init(limits: limits))
        #expect(decoded.metadata.entries.count == 1)
        #expect(decoded.warnings.map(\.kind) == [.metadata])
    }
}
