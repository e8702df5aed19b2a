@testable import Codecs
import Raster
import Testing

@Suite("Metadata follow what becomes of the samples")
struct AdaptedMetadataTests {
    private func exif(_ isBigEndian: Bool, width: ExifBuilder.Value, thumbnail: Bool = true) -> ExifBuilder {
        ExifBuilder(
            isBigEndian: isBigEndian,
            first: [
                (0x0100, width), (0x0101, .long(30)), (0x0112, .short(6)), (0x011a, .rational(72, 1)),
                (0x011b, .rational(72, 1)), (0x0128, .short(3)),
            ],
            exposure: [(0xa001, .short(0xffff)), (0xa002, width), (0xa003, .short(30))],
            thumbnail: thumbnail ? ExifSample.thumbnail : [])
    }

    private func metadata(_ chunks: [(ChunkType, [UInt8])]) -> ImageMetadata {
        var metadata = ImageMetadata()
        metadata.entries = chunks.map { type, data in
            .init(part: .init(type, data), source: .chunk(type: type, data: data, afterImage: false))
        }
        return metadata
    }

    private func xmp(_ packet: String, isCompressed: Bool) -> [UInt8] {
        let text = Array(packet.utf8)
        return Array("XML:com.adobe.xmp\0".utf8) + [isCompressed ? 1 : 0, 0, 0, 0]
            + (isCompressed ? Deflate.deflate(text)! : text)
    }

    @Test("Without changes every byte stays", arguments: [false, true])
    func unchanged(isBigEndian: Bool) {
        let source = metadata([
            (.exif, exif(isBigEndian, width: .short(40)).bytes),
            (.itxt, xmp("<x tiff:Orientation='6' exif:PixelXDimension='40'/>", isCompressed: true)),
        ])
        #expect(source.adapted(to: .init()) == source)
    }

    /// An expected result is written from the numbers that it should hold, not by the code that changes them.
    @Test(
        "Size, orientation, colour space and density are those of the output", arguments: [false, true], [40, 70_000])
    func changed(isBigEndian: Bool, width: Int) throws {
        let source = metadata([(.exif, exif(isBigEndian, width: .short(40)).bytes)])
        let changes = SampleChanges(
            orientation: 1, isEdited: true, size: ImageSize(width: width, height: 17), isSRGB: true)
        var result = source.adapted(to: changes)
        result.state(dotsPerInch: 300)
        let value: ExifBuilder.Value = width > 0xffff ? .long(width) : .short(width)
        var expected = exif(isBigEndian, width: value, thumbnail: false)
        expected.first[1].value = .long(17)
        expected.first[2].value = .short(1)
        expected.first[3].value = .rational(300, 1)
        expected.first[4].value = .rational(300, 1)
        expected.first[5].value = .short(2)
        expected.exposure[0].value = .short(1)
        expected.exposure[2].value = .short(17)
        let bytes = try #require(result.entries.compactMap(\.exif).first)
        // Where the thumbnail's directory was there are zeros.
        let directory = 8 + (2 + 12 * 7 + 4) + (2 + 12 * 3 + 4)
        var wanted = expected.bytes
        for index in directory..<(directory + 30) { wanted[index] = 0 }
        #expect(bytes == wanted)
        #expect(result.parts == [.exif, .srgb, .density])
        #expect(result.density == PixelDensity(unit: .inch, x: 300, y: 300))
    }

    @Test("An edit takes the thumbnail, and leaves the orientation that was not applied", arguments: [false, true])
    func edited(isBigEndian: Bool) throws {
        let source = metadata([(.exif, exif(isBigEndian, width: .long(40)).bytes)])
        #expect(source.parts.contains(.thumbnail))
        let result = source.adapted(to: .init(isEdited: true))
        #expect(result.orientation == 6 && result.parts == [.exif])
    }

    @Test("A compressed XMP packet is read and corrected too", arguments: [false, true])
    func packet(isCompressed: Bool) throws {
        let text = """
            <x tiff:Orientation="8" exif:PixelXDimension="40"><tiff:ImageWidth>40</tiff:ImageWidth>\
            <tiff:ImageLength>30</tiff:ImageLength><exif:ColorSpace>65535</exif:ColorSpace></x>
            """
        let source = metadata([(.itxt, xmp(text, isCompressed: isCompressed))])
        let changes = SampleChanges(orientation: 1, size: ImageSize(width: 1234, height: 5), isSRGB: true)
        let entry = try #require(source.adapted(to: changes).entries.first)
        let packet = String(decoding: try #require(entry.xmp).bytes, as: UTF8.self)
        #expect(
            packet == """
                <x tiff:Orientation="1" exif:PixelXDimension="1234"><tiff:ImageWidth>1234</tiff:ImageWidth>\
                <tiff:ImageLength>5</tiff:ImageLength><exif:ColorSpace>1</exif:ColorSpace></x>
                """)
    }

    @Test("A place does not hide in a compressed packet, or in EXIF data written as text")
    func hiddenPlaces() {
        let source = metadata([
            (.itxt, xmp("<exif:GPSLatitude/>", isCompressed: true)), (.itxt, xmp("<x/>", isCompressed: true)),
            (.text, Array("Raw profile type exif\0\nexif\n 4\n45786966".utf8)),
            (.text, Array("Raw profile type XMP\0\nxmp\n 4\n3c782f3e".utf8)), (.text, Array("Comment\0GPS".utf8)),
        ])
        #expect(source.parts == [.xmp, .exif, .text])
        let result = source.stripped([.gps])
        #expect(result.entries == [source.entries[1], source.entries[4]])
    }

    @Test("Photoshop's small copy of the picture goes with the thumbnail, and the rest of its resources stays")
    func photoshopThumbnail() {
        func resource(_ number: Int, _ name: String, _ data: [UInt8]) -> [UInt8] {
            let name = [UInt8(name.utf8.count)] + Array(name.utf8)
            return Array("8BIM".utf8) + [UInt8(number >> 8), UInt8(number & 255)] + name
                + (name.count % 2 == 0 ? [] : [0]) + [0, 0, 0, UInt8(data.count)] + data
                + (data.count % 2 == 0 ? [] : [0])
        }
        let introduction = Array("Photoshop 3.0\0".utf8)
        let kept = [resource(0x0404, "", [1, 2, 3]), resource(0x03ed, "res", [4, 5])]
        let thumbnails = [resource(0x040c, "", [9, 9, 9, 9, 9]), resource(0x0409, "ab", [8])]
        let data = introduction + thumbnails[0] + kept[0] + thumbnails[1] + kept[1]
        func segment(_ data: [UInt8]) -> ImageMetadata { ImageMetadata(segments: [.init(marker: 0xed, data: data)]) }
        let expected = segment(introduction + kept[0] + kept[1])
        #expect(segment(data).stripped([.thumbnail]) == expected)
        #expect(segment(data).adapted(to: .init(isEdited: true)) == expected)
        #expect(segment(data).adapted(to: .init()) == segment(data))
        // Cut anywhere it neither crashes nor grows.
        for count in data.indices {
            var resources = PhotoshopResources(Array(data.prefix(count)))
            resources?.removeThumbnails()
            #expect(resources?.bytes.count ?? 0 <= count)
        }
    }
}
