/// Chroma resolution of a JPEG.
public enum ChromaSubsampling: String, Sendable, CaseIterable {
    case s420 = "4:2:0"
    case s422 = "4:2:2"
    case s444 = "4:4:4"
}

/// Which PNG row filters the encoder may choose from.
public enum PNGFilters: String, Sendable, CaseIterable {
    /// The one that promises the smallest row, by the sum of absolute differences.
    case adaptive
    case none, sub, up, average, paeth
}

/// A colour of an indexed picture.
public struct PaletteEntry: Sendable, Equatable {
    public var red, green, blue: UInt8
    /// What pixels of it show.
    public var name: String

    public init(red: UInt8, green: UInt8, blue: UInt8, name: String) {
        self.red = red
        self.green = green
        self.blue = blue
        self.name = name
    }
}

/// How a picture is written.
public struct EncodeOptions: Sendable, Equatable {
    /// JPEG: 1...100.
    public var quality: Int
    /// JPEG.
    public var subsampling: ChromaSubsampling
    /// JPEG: several scans, coarse to fine.
    public var progressive: Bool
    /// JPEG: Huffman tables made for the picture; smaller by some percent, slower. Progressive implies it.
    public var optimizeCoding: Bool
    /// PNG: 0 (stored) ... 9 (smallest), by default 1, which is ours (`QuickDeflate`) and several times as fast as zlib at
    /// its fastest, with smaller files; the others are libdeflate's levels.
    public var compression: Int
    /// PNG.
    public var filters: PNGFilters
    /// PNG: Adam7. The whole picture is held in memory.
    public var interlace: Bool
    /// Pixels per inch to state, 1...65,535, in place of what the metadata say; nil to leave that alone.
    public var dotsPerInch: Int?
    /// PNG: 1, 2 or 4 bits for a sample of a gray picture of 8, whose samples become the nearest levels; nil for all 8.
    public var bitDepth: Int?
    /// PNG: the colours that the samples of a gray picture of 8 bits stand for; the file then says so (an indexed PNG), and
    /// lists the names as a text.
    public var palette: [PaletteEntry]?
    /// PNG: stored bytes that are deflated together. The file's bytes depend on it, so it is not for users.
    var stripBytes = 512 << 10

    public init(
        quality: Int = 90, subsampling: ChromaSubsampling = .s420, progressive: Bool = false,
        optimizeCoding: Bool = false, compression: Int = 1, filters: PNGFilters = .adaptive, interlace: Bool = false,
        dotsPerInch: Int? = nil
    ) {
        self.quality = quality
        self.subsampling = subsampling
        self.progressive = progressive
        self.optimizeCoding = optimizeCoding
        self.compression = compression
        self.filters = filters
        self.interlace = interlace
        self.dotsPerInch = dotsPerInch
    }
}
