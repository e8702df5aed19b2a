import Codecs
import FuzzDriver
import Glibc
import Raster

/// Takes any bytes for a piece of metadata in a sound file, and changes it in every way that the program knows.
@main
enum FuzzMetadata {
    static func main() { runFuzzer(testOneInput) }
}

/// Where the bytes stand in the file.
private enum Place: CaseIterable {
    case exifSegment, xmpSegment, photoshopSegment, profileSegment
    case exifChunk, xmpChunk, textChunk, profileChunk
}

private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, (1...60_000).contains(count) else { return 0 }
    // The last byte chooses the place.
    let choice = Int(bytes[count - 1])
    let data = Array(UnsafeBufferPointer(start: bytes, count: count - 1))
    guard let file = ScratchFile(file(data, Place.allCases[choice % Place.allCases.count])) else { return 0 }
    do throws(CodecError) {
        try change(
            try ImageDecoder(descriptor: file.descriptor, options: .init(limits: .init(inflatedMetadataBytes: 1 << 16)))
        )
    } catch {
        precondition(!error.message.isEmpty && !error.hint.isEmpty)
    }
    return 0
}

private func change(_ decoder: ImageDecoder) throws(CodecError) {
    let metadata = decoder.metadata
    _ = (decoder.warnings, metadata.profile?.count)
    for size in [nil, ImageSize(width: 70_000, height: 3)] {
        let changes = SampleChanges(orientation: 1, isEdited: size != nil, size: size, isSRGB: size != nil)
        let changed = metadata.adapted(to: changes)
        precondition(changed.adapted(to: changes).parts.isSubset(of: changed.parts))
        precondition(size == nil || !changed.parts.contains(.thumbnail))
        precondition(!changed.stripped([.gps]).parts.contains(.gps))
        try write(changed, decoder.header)
    }
    for part in ImageMetadata.Part.allCases {
        precondition(!metadata.stripped([part]).parts.contains(part))
    }
    precondition(metadata.strippedToColor().parts.allSatisfy(\.isColor))
    for layout in [ChannelLayout.gray, .rgb] {
        let picture = DecodedFormat(size: ImageSize(width: 1, height: 1), layout: layout, sampleType: .uint8)
        var pixel: [UInt8] = [1, 2, 3]
        do throws(CodecError) {
            try ColorConversion(toSRGBFrom: metadata, picture: picture)?.convert(
                rows: 1, pixelsPerRow: 1, in: &pixel, bytesPerRow: 3)
        } catch {
            guard case .profile = error else { throw error }
        }
    }
}

/// What is written is read again, upright.
private func write(_ metadata: ImageMetadata, _ header: ImageHeader) throws(CodecError) {
    for format in ImageFormat.allCases {
        guard let file = ScratchFile([]) else { return }
        let encoder = try ImageEncoder(
            descriptor: file.descriptor, format: format, size: header.size, layout: header.layout,
            sampleType: .uint8, metadata: metadata)
        try encoder.write(rows: 1, from: [7], bytesPerRow: 1)
        try encoder.finish()
        let again = try! ImageDecoder(descriptor: file.descriptor)
        precondition(again.header.size == header.size && again.header.orientation == 1)
    }
}

/// A gray picture of one pixel around the data.
private func file(_ data: [UInt8], _ place: Place) -> [UInt8] {
    func segment(_ marker: UInt8, _ introduction: String, _ numbers: [UInt8] = []) -> [UInt8] {
        let content = Array(introduction.utf8) + numbers + data
        let length = content.count + 2
        let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]
        return [0xff, 0xd8, 0xff, marker, UInt8(length >> 8), UInt8(length & 255)] + content
            + [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0] + scan
    }
    func png(_ type: String, _ introduction: String) -> [UInt8] {
        let stream: [UInt8] = [0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 7, 0, 10, 0, 8]
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]) + chunk(type, Array(introduction.utf8) + data)
            + chunk("IDAT", stream) + chunk("IEND", [])
    }
    return switch place {
    case .exifSegment: segment(0xe1, "Exif\0\0")
    case .xmpSegment: segment(0xe1, "http://ns.adobe.com/xap/1.0/\0")
    case .photoshopSegment: segment(0xed, "Photoshop 3.0\0")
    case .profileSegment: segment(0xe2, "ICC_PROFILE\0", [1, 1])
    case .exifChunk: png("eXIf", "")
    case .xmpChunk: png("iTXt", "XML:com.adobe.xmp\0\0\0\0\0")
    case .textChunk: png("zTXt", "Raw profile type exif\0\0")
    case .profileChunk: png("iCCP", "p\0\0")
    }
}

private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let content = Array(type.utf8) + data
    var crc: UInt32 = 0xffff_ffff
    for byte in content {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    func word(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    return word(UInt32(data.count)) + content + word(~crc)
}
