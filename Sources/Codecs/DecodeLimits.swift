import Raster

/// A limit that a file can exceed.
public enum DecodeLimit: String, Sendable, CaseIterable {
    case megapixels
    case side
    case fileBytes = "file-bytes"
    case decodedBytes = "decoded-bytes"
    case scans
    case chunks
    case metadataBytes = "metadata-bytes"

    /// The key that raises it, in the decode step or in the configuration of the service.
    public var key: String {
        switch self {
        case .megapixels: "maxMegapixels in the decode step, or limits.megapixels in the service's configuration,"
        case .side: Self.bothPlaces("limits.side")
        case .fileBytes: Self.bothPlaces("limits.fileBytes")
        case .decodedBytes: Self.bothPlaces("limits.decodedBytes")
        case .scans: Self.bothPlaces("limits.scans")
        case .chunks: Self.bothPlaces("limits.chunks")
        case .metadataBytes: Self.bothPlaces("limits.metadataBytes")
        }
    }

    private static func bothPlaces(_ key: String) -> String {
        "\(key), in the decode step or in the service's configuration,"
    }

    var subject: String {
        switch self {
        case .megapixels: "the picture's size in megapixels"
        case .side: "the picture's longer side in pixels"
        case .fileBytes: "the file's length in bytes"
        case .decodedBytes: "the decoded picture's size in bytes"
        case .scans: "the number of scans"
        case .chunks: "the number of chunks or segments besides the image data"
        case .metadataBytes: "the metadata's size in bytes"
        }
    }
}

/// What a file may ask for. All are checked before memory for the samples is touched.
public struct DecodeLimits: Sendable, Equatable {
    /// Width × height / 10⁶, by default 100.
    public var megapixels: Double
    /// Pixels of the longer side, by default 2²⁴. (A JPEG cannot have more than 65,535.)
    public var side: Int
    /// By default 1 GiB.
    public var fileBytes: Int
    /// Width × height × channels × bytes of a sample. By default 6 bytes for each pixel that `megapixels` allows.
    public var decodedBytes: Int?
    /// Scans of a JPEG, by default 100.
    public var scans: Int
    /// Chunks of a PNG or segments of a JPEG besides the image data, by default 20,000.
    public var chunks: Int
    /// Bytes of all metadata as stored in the file, by default 32 MiB.
    public var metadataBytes: Int
    /// Bytes of a PNG's profile and texts together after inflating; what goes beyond is left out with a warning.
    /// By default 8 MiB.
    public var inflatedMetadataBytes: Int

    public init(
        megapixels: Double = 100, side: Int = 1 << 24, fileBytes: Int = 1 << 30, decodedBytes: Int? = nil,
        scans: Int = 100, chunks: Int = 20_000, metadataBytes: Int = 32 << 20, inflatedMetadataBytes: Int = 8 << 20
    ) {
        self.megapixels = megapixels
        self.side = side
        self.fileBytes = fileBytes
        self.decodedBytes = decodedBytes
        self.scans = scans
        self.chunks = chunks
        self.metadataBytes = metadataBytes
        self.inflatedMetadataBytes = inflatedMetadataBytes
    }

    /// Sizes are positive and at most 2³¹−1, so that the products fit an `Int` comfortably.
    func check(_ size: ImageSize, bytesPerPixel: Int) throws(CodecError) {
        let longer = max(size.width, size.height)
        guard longer <= side else { throw .limit(.side, found: "\(longer)", allowed: "\(side)") }
        guard size.megapixels <= megapixels else {
            throw .limit(.megapixels, found: "\(tenths(size.megapixels)) (\(size))", allowed: "\(tenths(megapixels))")
        }
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        let (bytes, overflowAgain) = pixels.multipliedReportingOverflow(by: bytesPerPixel)
        let allowed = decodedBytes ?? Int(min(megapixels * 6e6, 9e18))
        guard !overflow, !overflowAgain, bytes <= allowed else {
            throw .limit(.decodedBytes, found: "\(overflowAgain ? Int.max : bytes)", allowed: "\(allowed)")
        }
    }
}

/// One decimal, rounded up, so that what is just beyond a limit does not look equal to it.
private func tenths(_ value: Double) -> String {
    guard value < 1e15 else { return "\(value)" }
    let units = Int((value * 10).rounded(.up))
    return units % 10 == 0 ? "\(units / 10)" : "\(units / 10).\(units % 10)"
}
