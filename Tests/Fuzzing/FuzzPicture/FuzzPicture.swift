import Codecs
import FuzzDriver
import Raster

/// What a decoded picture may need here; a fuzzer learns nothing from waiting for large ones.
private let limits = DecodeLimits(megapixels: 0.25, scans: 20, inflatedMetadataBytes: 1 << 16)

/// Reads any bytes as a picture, in every way that the program knows, and writes what came out.
@main
enum FuzzPicture {
    static func main() { runFuzzer(testOneInput) }
}

private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let bytes, count > 0 else { return 0 }
    // The last byte chooses the way; a picture does not mind what follows it.
    let choice = bytes[count - 1]
    var content = Array(UnsafeBufferPointer(start: bytes, count: count))
    // Mutations nearly always break a chunk's checksum, and what lies behind it would never be seen.
    if choice & 128 == 0 { repairChunks(&content) }
    guard let file = ScratchFile(content) else { return 0 }
    let options = DecodeOptions(
        onTruncated: choice & 1 == 0 ? .salvage : .fail, limits: limits, wholeImageBytes: choice & 2 == 0 ? 1 << 24 : 0)
    let request = DecodeRequest(
        lumaOnly: choice & 4 != 0, scaleDenominator: 1 << Int(choice >> 3 & 3), dropAlpha: choice & 32 != 0)
    do throws(CodecError) {
        try rewrite(file.descriptor, options, request, rows: choice & 64 != 0 ? 3..<9 : nil)
    } catch {
        precondition(!error.message.isEmpty && !error.hint.isEmpty)
    }
    return 0
}

/// Gives every chunk of a PNG the CRC that its bytes have.
private func repairChunks(_ bytes: inout [UInt8]) {
    guard bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) else { return }
    var offset = 8
    while offset + 12 <= bytes.count {
        let length = bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - offset - 12 else { return }
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes[(offset + 4)..<(offset + 8 + length)] {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        for index in 0..<4 { bytes[offset + 8 + length + index] = UInt8(truncatingIfNeeded: ~crc >> (24 - 8 * index)) }
        offset += 12 + length
    }
}

/// - `rows`: those that are read, the others being passed over.
private func rewrite(
    _ descriptor: Int32, _ options: DecodeOptions, _ request: DecodeRequest, rows wanted: Range<Int>?
) throws(CodecError) {
    let decoder = try ImageDecoder(descriptor: descriptor, options: options)
    let whole = try decoder.start(request)
    let all = 0..<whole.size.height
    let wanted = (wanted ?? all).clamped(to: all)
    let format = DecodedFormat(
        size: ImageSize(width: whole.size.width, height: wanted.count), layout: whole.layout,
        sampleType: whole.sampleType)
    precondition(format.size.width > 0 && format.bytesPerRow > 0)
    // A guard behind each row must stay as it is.
    let stride = format.bytesPerRow + 8
    let rows = UnsafeMutableRawBufferPointer.allocate(byteCount: stride * max(1, format.size.height), alignment: 16)
    defer { rows.deallocate() }
    rows.initializeMemory(as: UInt8.self, repeating: 0xa5)
    try decoder.skip(rows: wanted.lowerBound)
    var done = 0
    while done < format.size.height {
        let part = min(5, format.size.height - done)
        try decoder.read(rows: part, into: rows.baseAddress! + done * stride, bytesPerRow: stride)
        done += part
    }
    try decoder.skip(rows: all.upperBound - wanted.upperBound)
    try decoder.finish()
    for row in 0..<format.size.height {
        precondition(rows[(row * stride + format.bytesPerRow)..<((row + 1) * stride)].allSatisfy { $0 == 0xa5 })
    }
    _ = decoder.warnings
    guard format.size.height > 0 else { return }
    if let conversion = try ColorConversion(toSRGBFrom: decoder.metadata, picture: format) {
        conversion.convert(
            rows: format.size.height, pixelsPerRow: format.size.width, in: rows.baseAddress!, bytesPerRow: stride)
    }
    let metadata = decoder.metadata.adapted(
        to: .init(
            orientation: 1, isEdited: format.size.width % 2 == 0, size: format.size,
            isSRGB: format.size.height % 2 == 0)
    ).stripped([.gps])
    for target in ImageFormat.allCases {
        guard let file = ScratchFile([]) else { return }
        do throws(CodecError) {
            let encoder = try ImageEncoder(
                descriptor: file.descriptor, format: target, size: format.size, layout: format.layout,
                sampleType: format.sampleType, options: .init(compression: 1), metadata: metadata)
            try encoder.write(rows: format.size.height, from: rows.baseAddress!, bytesPerRow: stride)
            try encoder.finish()
        } catch {
            guard case .notEncodable = error else { throw error }
            continue
        }
        // What we wrote, we read; with the orientation and the place gone.
        let again = try! ImageDecoder(descriptor: file.descriptor, options: .init(limits: .init(megapixels: 1000)))
        precondition(again.header.size == format.size && again.header.orientation == 1)
        precondition(!again.metadata.parts.contains(.gps))
    }
}
