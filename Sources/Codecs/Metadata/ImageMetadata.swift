/// What a file says about its picture besides the samples: profile, EXIF, XMP, texts, density, …
///
/// The entries keep the bytes of the file, so that a copy into the same format is exact.
public struct ImageMetadata: Sendable, Equatable {
    /// What an entry is about; also the names that `"metadata"` in a pipeline knows.
    public enum Kind: String, Sendable, CaseIterable {
        /// Colour: an ICC profile, coding-independent code points (cICP), the sRGB chunk, gAMA and cHRM.
        case icc, cicp, srgb, gamma
        /// EXIF with its GPS part and thumbnail; XMP; IPTC.
        case exif, xmp, iptc
        /// Comments and PNG texts.
        case text
        /// Pixels per unit of length.
        case density
        case time
        /// Everything else that may be copied.
        case other

        /// Whether the entry says what the samples mean, and not who made them, where and when.
        public var isColor: Bool {
            switch self {
            case .icc, .cicp, .srgb, .gamma: true
            default: false
            }
        }
    }

    /// A PNG chunk, or the segments of a JPEG that belong together.
    enum Source: Sendable, Equatable {
        case chunk(type: ChunkType, data: [UInt8], afterImage: Bool)
        case segments([JPEGSegment])
    }

    struct Entry: Sendable, Equatable {
        var kind: Kind
        var source: Source
    }

    var entries: [Entry] = []

    /// None.
    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// What is there.
    public var kinds: Set<Kind> { Set(entries.map(\.kind)) }
}

struct JPEGSegment: Sendable, Equatable {
    /// 0xe0...0xef, or 0xfe for a comment.
    var marker: UInt8
    /// Without the two bytes of length.
    var data: [UInt8]
}
