import CColor
import Glibc
@testable import Codecs
import Raster
import Testing

@Suite("Colours are converted to sRGB through their profile")
struct ColorTests {
    private func profile(_ primaries: Primaries, _ transfer: Transfer) -> [UInt8] {
        let profile = Profile(primaries, transfer: transfer)!
        var count: cmsUInt32Number = 0
        cmsSaveProfileToMem(profile.handle, nil, &count)
        var bytes = [UInt8](repeating: 0, count: Int(count))
        cmsSaveProfileToMem(profile.handle, &bytes, &count)
        return bytes
    }

    private func metadata(_ chunks: [(ChunkType, [UInt8])]) -> ImageMetadata {
        var metadata = ImageMetadata()
        metadata.entries = chunks.map { type, data in
            .init(part: .init(type, data), source: .chunk(type: type, data: data, afterImage: false))
        }
        return metadata
    }

    private func icc(_ bytes: [UInt8]) -> ImageMetadata {
        metadata([(.iccp, Array("p\0\0".utf8) + Deflate.deflate(bytes)!)])
    }

    private func format(_ layout: ChannelLayout, _ sampleType: SampleType = .uint8) -> DecodedFormat {
        DecodedFormat(size: .init(width: 1, height: 1), layout: layout, sampleType: sampleType)
    }

    @Test("sRGB, and a picture that says nothing, need no conversion")
    func nothingToDo() throws {
        for metadata in [
            ImageMetadata(), icc(profile(.bt709, .srgb)), metadata([(.srgb, [0])]), metadata([(.cicp, [1, 13, 0, 1])]),
            metadata([(.gama, [0, 0, 0xb1, 0x8f])]),
        ] {
            #expect(try ColorConversion(toSRGBFrom: metadata, picture: format(.rgb)) == nil)
        }
    }

    /// Linear light in Display P3 is brought to linear BT.709 by the product of the two systems' matrices.
    @Test("Display P3 becomes sRGB as the matrices say", arguments: [false, true])
    func displayP3(byCodePoints: Bool) throws {
        let matrix = [
            [1.224940, -0.224940, 0], [-0.042057, 1.042057, 0], [-0.019638, -0.078636, 1.098274],
        ]
        func linear(_ value: Double) -> Double { value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4) }
        func encoded(_ value: Double) -> Double {
            let value = min(1, max(0, value))
            return value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
        }
        let source =
            byCodePoints ? metadata([(.cicp, [12, 13, 0, 1])]) : icc(profile(.displayP3, .srgb))
        let conversion = try #require(try ColorConversion(toSRGBFrom: source, picture: format(.rgba)))
        for color: [UInt8] in [[255, 0, 0], [0, 255, 0], [200, 120, 40], [128, 128, 128], [10, 200, 220]] {
            var pixel = color + [77]
            conversion.convert(rows: 1, pixelsPerRow: 1, in: &pixel, bytesPerRow: 4)
            let light = color.map { linear(Double($0) / 255) }
            for channel in 0..<3 {
                let expected = encoded((0..<3).reduce(0) { $0 + matrix[channel][$1] * light[$1] }) * 255
                #expect(abs(Double(pixel[channel]) - expected) <= 1.5, "\(color)")
            }
            #expect(pixel[3] == 77)
        }
    }

    @Test(
        "Gamma alone, in 8 and 16 bits, in colour and gray", arguments: [ChannelLayout.gray, .rgb, .rgba, .grayAlpha])
    func gamma(layout: ChannelLayout) throws {
        let linear = metadata([(.gama, [0, 1, 0x86, 0xa0])])
        let wide = try #require(try ColorConversion(toSRGBFrom: linear, picture: format(layout, .uint16)))
        var samples = [UInt16](repeating: 32_768, count: layout.count)
        samples.withUnsafeMutableBytes {
            wide.convert(pixels: 1, from: UnsafeRawPointer($0.baseAddress!), to: $0.baseAddress!)
        }
        // Half of the light is 0.7354 in sRGB.
        for channel in 0..<layout.colorCount { #expect(abs(Int(samples[channel]) - 48_194) <= 40) }
        if layout.hasAlpha { #expect(samples[layout.count - 1] == 32_768) }
    }

    /// What has become of the channels meanwhile does not matter: gray means equal red, green and blue.
    @Test("A profile of colours serves for gray, and one of gray for colours", arguments: [SampleType.uint8, .uint16])
    func otherChannels(sampleType: SampleType) throws {
        let gray = Profile(grayWith: .power(1))!
        var count: cmsUInt32Number = 0
        cmsSaveProfileToMem(gray.handle, nil, &count)
        var grayBytes = [UInt8](repeating: 0, count: Int(count))
        cmsSaveProfileToMem(gray.handle, &grayBytes, &count)
        for (metadata, layout) in [
            (icc(profile(.displayP3, .power(1))), ChannelLayout.grayAlpha), (icc(grayBytes), .rgb),
        ] {
            let conversion = try #require(
                try ColorConversion(toSRGBFrom: metadata, picture: format(layout, sampleType)))
            let scale = sampleType == .uint8 ? 1 : 257
            var samples = [UInt8](repeating: 0, count: layout.count * sampleType.byteCount)
            samples.withUnsafeMutableBytes { raw in
                func put(_ value: Int, _ index: Int) {
                    if sampleType == .uint8 {
                        raw.storeBytes(of: UInt8(value), toByteOffset: index, as: UInt8.self)
                    } else {
                        raw.storeBytes(of: UInt16(value * 257), toByteOffset: 2 * index, as: UInt16.self)
                    }
                }
                for channel in 0..<layout.count { put(channel < layout.colorCount ? 55 + 60 * channel : 9, channel) }
                conversion.convert(pixels: 1, from: UnsafeRawPointer(raw.baseAddress!), to: raw.baseAddress!)
                for channel in 0..<layout.count {
                    let value =
                        sampleType == .uint8
                        ? Int(raw.load(fromByteOffset: channel, as: UInt8.self))
                        : Int(raw.load(fromByteOffset: 2 * channel, as: UInt16.self))
                    let light = Double(55 + 60 * channel) / 255
                    let expected = channel < layout.colorCount ? (1.055 * pow(light, 1 / 2.4) - 0.055) * 255 : 9
                    #expect(abs(Double(value) / Double(scale) - expected) <= 0.8, "\(layout) \(channel)")
                }
            }
        }
    }

    @Test("Broken profiles and those of inks are refused")
    func refused() {
        for (metadata, layout) in [
            (icc([1, 2, 3]), ChannelLayout.rgb), (icc([UInt8](repeating: 0, count: 200)), .gray),
            (metadata([(.cicp, [9, 16, 0, 1])]), .rgb),
        ] {
            #expect { try ColorConversion(toSRGBFrom: metadata, picture: format(layout)) } throws: {
                ($0 as? CodecError)?.code == "profile"
            }
        }
    }

    @Test("Inks without a profile follow the formula")
    func inks() {
        let inks: [UInt8] = [0, 0, 0, 0, 255, 0, 0, 0, 10, 20, 30, 40, 0, 0, 0, 255]
        var out = [UInt8](repeating: 1, count: 12)
        convertInks(inks, isInverted: false, to: &out)
        #expect(out == [255, 255, 255, 0, 255, 255, 207, 198, 190, 0, 0, 0])
        var flipped = out
        convertInks(inks.map { 255 - $0 }, isInverted: true, to: &flipped)
        #expect(flipped == out)
    }
}
