import Raster

/// Converts samples of a picture to sRGB, for `"profile": "srgb"`.
///
/// What the samples mean is taken from the metadata, in PNG's order of precedence: cICP, an ICC profile, sRGB, gAMA with
/// cHRM. Gray stays gray, with sRGB's transfer curve. Rendering is relative colorimetric with black point compensation.
/// Rows may be converted by several threads at once.
///
/// Steps can turn a picture in colour into a gray one and the other way round. Each sample of such a picture is converted
/// by the curve that the profile has for gray: for equal red, green and blue.
public struct ColorConversion: Sendable {
    private enum Way: Sendable {
        case transform(ColorTransform)
        /// What each sample value becomes, whatever the channel.
        case curve([UInt16])
    }

    private let way: Way
    private let layout: ChannelLayout
    private let sampleType: SampleType

    /// - Returns: nil when the samples are sRGB already: nothing says otherwise, or no sample of a coarse grid of colours
    ///   would change by more than one step of 255.
    /// - Throws: `.profile` when the profile is broken, belongs to inks, or is one of the HDR systems.
    public init?(toSRGBFrom metadata: ImageMetadata, picture: DecodedFormat) throws(CodecError) {
        guard let source = try metadata.sourceProfile(picture) else { return nil }
        let isGray = source.space == .gray
        guard isGray || source.space == .rgb else {
            throw .profile(detail: "the embedded profile is for neither gray nor RGB samples")
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
        layout = picture.layout
        sampleType = picture.sampleType
        if isGray == (layout.colorCount == 1) {
            way = .transform(try make(layout, sampleType))
        } else {
            way = .curve(Self.grayCurve(try make(isGray ? .gray : .rgb, .uint16), isGray: isGray, sampleType))
        }
    }

    private static func grayCurve(_ transform: ColorTransform, isGray: Bool, _ sampleType: SampleType) -> [UInt16] {
        let step = sampleType == .uint8 ? 257 : 1
        let samples = stride(from: 0, through: 65_535, by: step).flatMap { value in
            [UInt16](repeating: UInt16(value), count: isGray ? 1 : 3)
        }
        var converted = samples
        let pixels = samples.count / (isGray ? 1 : 3)
        transform.convert(pixels: pixels, from: samples, to: &converted)
        return (0..<pixels).map { index in
            // Green, which carries most of the light.
            let value = isGray ? converted[index] : converted[3 * index + 1]
            return sampleType == .uint8 ? UInt16((Int(value) + 128) / 257) : value
        }
    }

    /// Converts a run of pixels in the layout and sample type that were given to `init`; `target` may be `source`.
    public func convert(pixels: Int, from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        switch way {
        case .transform(let transform): transform.convert(pixels: pixels, from: source, to: target)
        case .curve(let curve):
            if sampleType == .uint8 {
                apply(curve, pixels, source, target) { UInt8(truncatingIfNeeded: $0) }
            } else {
                apply(curve, pixels, source, target) { $0 }
            }
        }
    }

    private func apply<Sample: FixedWidthInteger & UnsignedInteger>(
        _ curve: [UInt16], _ pixels: Int, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
        _ narrow: (UInt16) -> Sample
    ) {
        let input = source.assumingMemoryBound(to: Sample.self)
        let output = target.assumingMemoryBound(to: Sample.self)
        for pixel in 0..<pixels {
            for channel in 0..<layout.count {
                let sample = input[pixel * layout.count + channel]
                output[pixel * layout.count + channel] =
                    channel < layout.colorCount ? narrow(curve[Int(sample)]) : sample
            }
        }
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
