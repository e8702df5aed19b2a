import Raster

/// Converts samples of a picture to sRGB, for `"profile": "srgb"`.
///
/// What the samples mean is taken from the metadata, in PNG's order of precedence: cICP, an ICC profile, sRGB, gAMA with
/// cHRM. Gray stays gray, with sRGB's transfer curve. Rendering is relative colorimetric with black point compensation.
/// Rows may be converted by several threads at once.
public struct ColorConversion: Sendable {
    private let transform: ColorTransform

    /// - Returns: nil when the samples are sRGB already: nothing says otherwise, or no sample of a coarse grid of colours
    ///   would change by more than one step of 255.
    /// - Throws: `.profile` when the profile is broken, belongs to other channels, or is one of the HDR systems.
    public init?(toSRGBFrom metadata: ImageMetadata, picture: DecodedFormat) throws(CodecError) {
        guard let source = try metadata.sourceProfile(picture) else { return nil }
        let isGray = picture.layout.colorCount == 1
        guard source.space == (isGray ? .gray : .rgb) else {
            throw .profile(detail: "the embedded profile is not for \(isGray ? "gray" : "RGB") samples")
        }
        guard let target = isGray ? Profile(grayWith: .srgb) : Profile(.bt709, transfer: .srgb) else {
            throw .outOfMemory(operation: "a colour profile", bytes: nil)
        }
        func make(_ layout: ChannelLayout, _ sampleType: SampleType) throws(CodecError) -> ColorTransform {
            let code = PixelCode.of(layout, sampleType)
            guard let transform = ColorTransform(from: source, code, to: target, code) else {
                throw .profile(detail: "the embedded profile cannot be converted from")
            }
            return transform
        }
        if ColorConversion.changesNothing(try make(isGray ? .gray : .rgb, .uint8), isGray: isGray) { return nil }
        transform = try make(picture.layout, picture.sampleType)
    }

    /// Converts a run of pixels in the layout and sample type that were given to `init`; `target` may be `source`.
    public func convert(pixels: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        transform.convert(pixels: pixels, from: source, to: target)
    }

    /// Converts rows that lie `bytesPerRow` bytes apart, in place.
    public func convert(rows: Int, pixelsPerRow: Int, in samples: UnsafeMutableRawPointer, bytesPerRow: Int) {
        for row in 0..<rows {
            let start = samples + row * bytesPerRow
            convert(pixels: pixelsPerRow, from: start, to: start)
        }
    }

    private static func changesNothing(_ transform: ColorTransform, isGray: Bool) -> Bool {
        let levels = (0...16).map { UInt8(min(255, $0 * 16)) }
        let colors =
            isGray
            ? (0...255).map { UInt8($0) }
            : levels.flatMap { red in levels.flatMap { green in levels.flatMap { [red, green, $0] } } }
        var converted = colors
        transform.convert(pixels: colors.count / (isGray ? 1 : 3), from: colors, to: &converted)
        return zip(colors, converted).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
    }
}

extension ImageMetadata {
    /// The profile that the samples are in; nil for sRGB.
    fileprivate func sourceProfile(_ picture: DecodedFormat) throws(CodecError) -> Profile? {
        if let data = chunkData(.cicp) { return try codePointsProfile(data, isGray: picture.layout.colorCount == 1) }
        if entries.contains(where: { $0.part == .icc }) {
            guard let bytes = profile, let profile = Profile(icc: bytes) else {
                throw .profile(detail: "the embedded profile is broken")
            }
            return profile
        }
        if chunkData(.srgb) != nil { return nil }
        guard let gamma = chunkData(.gama), gamma.count == 4 else { return nil }
        let encoded = gamma.reduce(0) { $0 << 8 | Int($1) }
        // Values beyond these describe no display, and 0 would divide.
        guard (10_000...1_000_000).contains(encoded) else { return nil }
        // 1/2.2 is how sRGB's own curve is written down in this chunk.
        let transfer: Transfer = encoded == 45_455 ? .srgb : .power(100_000 / Double(encoded))
        if picture.layout.colorCount == 1 { return Profile(grayWith: transfer) }
        return Profile(chunkData(.chrm).flatMap(Primaries.init(chunk:)) ?? .bt709, transfer: transfer)
    }

    private func chunkData(_ wanted: ChunkType) -> [UInt8]? {
        for case .chunk(let type, let data, _) in entries.map(\.source) where type == wanted { return data }
        return nil
    }

    /// By the code points of ITU-T H.273.
    private func codePointsProfile(_ data: [UInt8], isGray: Bool) throws(CodecError) -> Profile? {
        guard data.count == 4, data[2] == 0, data[3] == 1 else {
            throw .profile(detail: "the cICP chunk is not for full-range RGB")
        }
        let primaries: Primaries
        switch data[0] {
        case 1: primaries = .bt709
        case 9: primaries = .bt2020
        case 12: primaries = .displayP3
        default: throw .profile(detail: "colour primaries \(data[0]) of cICP are not supported")
        }
        let transfer: Transfer
        switch data[1] {
        case 1, 6, 14, 15: transfer = .bt709
        case 4: transfer = .power(2.2)
        case 5: transfer = .power(2.8)
        case 8: transfer = .power(1)
        case 13: transfer = .srgb
        case 16, 18: throw .profile(detail: "HDR pictures (PQ, HLG) cannot be converted to sRGB")
        default: throw .profile(detail: "transfer characteristics \(data[1]) of cICP are not supported")
        }
        return isGray ? Profile(grayWith: transfer) : Profile(primaries, transfer: transfer)
    }
}

extension Primaries {
    /// From a cHRM chunk: white, red, green, blue, each x and y in units of 1/100,000. Nil when it makes no sense.
    fileprivate init?(chunk data: [UInt8]) {
        guard data.count == 32 else { return nil }
        let values = (0..<8).map { index in
            Double(data[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }) / 100_000
        }
        guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }),
            stride(from: 1, to: 8, by: 2).allSatisfy({ values[$0] > 0.001 })
        else { return nil }
        white = Chromaticity(x: values[0], y: values[1])
        red = Chromaticity(x: values[2], y: values[3])
        green = Chromaticity(x: values[4], y: values[5])
        blue = Chromaticity(x: values[6], y: values[7])
    }
}
