@testable import Codecs
import Raster

/// A whole picture in memory, for tests.
struct Picture: Equatable {
    var size: ImageSize
    var layout: ChannelLayout
    var sampleType: SampleType
    var bytes: [UInt8]

    var bytesPerRow: Int { size.width * layout.count * sampleType.byteCount }

    /// Smooth ramps with some noise that depends only on the place.
    init(_ width: Int, _ height: Int, _ layout: ChannelLayout, _ sampleType: SampleType = .uint8, noise: Int = 7) {
        size = ImageSize(width: width, height: height)
        self.layout = layout
        self.sampleType = sampleType
        bytes = []
        bytes.reserveCapacity(width * height * layout.count * sampleType.byteCount)
        var state: UInt32 = 1
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<layout.count {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    let value = x * (channel + 1) + y * 3 + Int(state >> 20) % (noise + 1)
                    bytes.append(UInt8(truncatingIfNeeded: value))
                    if sampleType == .uint16 { bytes.append(UInt8(truncatingIfNeeded: state >> 24)) }
                }
            }
        }
    }

    init(_ format: DecodedFormat, _ bytes: [UInt8]) {
        size = format.size
        layout = format.layout
        sampleType = format.sampleType
        self.bytes = bytes
    }

    /// Encoded, `strip` rows for each call.
    func encoded(
        as format: ImageFormat, options: EncodeOptions = .init(), metadata: ImageMetadata? = nil, strip: Int = 7
    ) throws -> [UInt8] {
        let file = TemporaryFile()
        let encoder = try ImageEncoder(
            descriptor: file.descriptor, format: format, size: size, layout: layout, sampleType: sampleType,
            options: options, metadata: metadata)
        try bytes.withUnsafeBytes { raw in
            var row = 0
            while row < size.height {
                let rows = min(strip, size.height - row)
                try encoder.write(rows: rows, from: raw.baseAddress! + row * bytesPerRow, bytesPerRow: bytesPerRow)
                row += rows
            }
        }
        try encoder.finish()
        return file.bytes
    }
}

/// What a decoder made of a file.
struct Decoded {
    var picture: Picture
    var header: ImageHeader
    var metadata: ImageMetadata
    var warnings: [CodecWarning]
}

func decode(
    _ descriptor: Int32, options: DecodeOptions = .init(), request: DecodeRequest = .init(), rows: Range<Int>? = nil,
    strip: Int = 16
) throws(CodecError) -> Decoded {
    let decoder = try ImageDecoder(descriptor: descriptor, options: options)
    let whole = try decoder.start(request)
    let rows = (rows ?? 0..<whole.size.height).clamped(to: 0..<whole.size.height)
    let format = DecodedFormat(
        size: ImageSize(width: whole.size.width, height: rows.count), layout: whole.layout,
        sampleType: whole.sampleType)
    var bytes = [UInt8](repeating: 0xa5, count: format.bytesPerRow * format.size.height)
    var failure: CodecError?
    bytes.withUnsafeMutableBytes { raw in
        do throws(CodecError) {
            try decoder.skip(rows: rows.lowerBound)
            var row = 0
            while row < format.size.height {
                let rows = min(strip, format.size.height - row)
                try decoder.read(
                    rows: rows, into: raw.baseAddress! + row * format.bytesPerRow, bytesPerRow: format.bytesPerRow)
                row += rows
            }
            try decoder.skip(rows: whole.size.height - rows.upperBound)
            try decoder.finish()
        } catch { failure = error }
    }
    if let failure { throw failure }
    return Decoded(
        picture: Picture(format, bytes), header: decoder.header, metadata: decoder.metadata, warnings: decoder.warnings)
}

func decode(
    _ bytes: [UInt8], options: DecodeOptions = .init(), request: DecodeRequest = .init(), rows: Range<Int>? = nil,
    strip: Int = 16
) throws(CodecError) -> Decoded {
    let file = TemporaryFile(bytes)
    return try decode(file.descriptor, options: options, request: request, rows: rows, strip: strip)
}
