import Raster

/// What of a picture is wanted. A wish that the format cannot grant is passed over: `start` says what will come.
public struct DecodeRequest: Sendable, Equatable {
    /// Only luma, where the file stores it (`ImageHeader.hasLumaPlane`).
    public var lumaOnly: Bool
    /// 1, 2, 4 or 8: a JPEG is decoded at this fraction of its size, sides rounded up.
    public var scaleDenominator: Int
    /// Colour without alpha.
    public var dropAlpha: Bool

    public init(lumaOnly: Bool = false, scaleDenominator: Int = 1, dropAlpha: Bool = false) {
        self.lumaOnly = lumaOnly
        self.scaleDenominator = scaleDenominator
        self.dropAlpha = dropAlpha
    }
}

/// What `ImageDecoder.read` delivers.
public struct DecodedFormat: Sendable, Equatable {
    public let size: ImageSize
    public let layout: ChannelLayout
    /// `.uint8` or `.uint16`, native endian.
    public let sampleType: SampleType

    public init(size: ImageSize, layout: ChannelLayout, sampleType: SampleType) {
        self.size = size
        self.layout = layout
        self.sampleType = sampleType
    }

    /// Bytes of one row without padding.
    public var bytesPerRow: Int { size.width * layout.count * sampleType.byteCount }
}
