import Raster

/// What the head of a file says.
public struct ImageHeader: Sendable, Equatable {
    public let format: ImageFormat
    /// As stored, before any orientation is applied.
    public let size: ImageSize
    /// After expansion: palette to rgb or rgba, gray of 1, 2 or 4 bits to 8, tRNS to alpha, CMYK and YCCK to rgb.
    public let layout: ChannelLayout
    /// `.uint8` or `.uint16`.
    public let sampleType: SampleType
    /// The EXIF orientation, 1...8; 1 when the file has none.
    public let orientation: Int
    /// Whether rows can be delivered one by one: false for interlaced PNG and for JPEG of several scans, whose first row
    /// needs the whole file.
    public let isSequential: Bool
    /// Whether luma can be delivered alone: a JPEG in YCbCr or gray.
    public let hasLumaPlane: Bool
    /// Bytes that the decoder will hold while it works, predicted from the header; the rows that it delivers are the
    /// caller's.
    public let peakBytes: Int
    /// Bits of a stored sample: 1, 2, 4, 8 or 16.
    public let storedBitDepth: Int
    /// What the samples are in the file, in a few words: "palette", "YCbCr 4:2:0", …
    public let encoding: String
    /// Length of the file.
    public let fileBytes: Int
}
