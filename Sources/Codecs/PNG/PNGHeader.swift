import Raster

/// The IHDR chunk.
struct PNGHeader: Sendable, Equatable {
    enum ColorType: UInt8 { case gray = 0, rgb = 2, palette = 3, grayAlpha = 4, rgba = 6 }

    let size: ImageSize
    let bitDepth: Int
    let colorType: ColorType
    let isInterlaced: Bool

    init(_ data: [UInt8], at offset: Int) throws(CodecError) {
        func fail(_ detail: String) -> CodecError { .malformed(.png, detail: detail, offset: offset) }
        guard data.count == 13 else { throw fail("an IHDR chunk of \(data.count) bytes instead of 13") }
        func word(_ index: Int) -> Int { data[index..<(index + 4)].reduce(0) { $0 << 8 | Int($1) } }
        let (width, height) = (word(0), word(4))
        guard (1...0x7fff_ffff).contains(width), (1...0x7fff_ffff).contains(height) else {
            throw fail("the size is \(width)×\(height)")
        }
        guard let colorType = ColorType(rawValue: data[9]) else { throw fail("colour type \(data[9])") }
        let depths: [UInt8] =
            switch colorType {
            case .gray: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            default: [8, 16]
            }
        guard depths.contains(data[8]) else { throw fail("\(data[8]) bits with colour type \(data[9])") }
        guard data[10] == 0 else { throw fail("compression method \(data[10])") }
        guard data[11] == 0 else { throw fail("filter method \(data[11])") }
        guard data[12] <= 1 else { throw fail("interlace method \(data[12])") }
        size = ImageSize(width: width, height: height)
        bitDepth = Int(data[8])
        self.colorType = colorType
        isInterlaced = data[12] == 1
    }

    var storedChannels: Int {
        switch colorType {
        case .gray, .palette: 1
        case .grayAlpha: 2
        case .rgb: 3
        case .rgba: 4
        }
    }

    /// Bytes of a stored row without its filter byte. Cannot overflow: 2³¹ · 64 bits.
    var storedRowBytes: Int { (size.width * storedChannels * bitDepth + 7) / 8 }

    /// The layout after expansion.
    func layout(hasTransparency: Bool) -> ChannelLayout {
        switch colorType {
        case .gray: hasTransparency ? .grayAlpha : .gray
        case .palette, .rgb: hasTransparency ? .rgba : .rgb
        case .grayAlpha: .grayAlpha
        case .rgba: .rgba
        }
    }

    var sampleType: SampleType { bitDepth == 16 ? .uint16 : .uint8 }

    var encodingName: String {
        let color =
            switch colorType {
            case .gray: "gray"
            case .rgb: "RGB"
            case .palette: "palette"
            case .grayAlpha: "gray with alpha"
            case .rgba: "RGBA"
            }
        return "\(color), \(bitDepth) bits" + (isInterlaced ? ", interlaced" : "")
    }
}
