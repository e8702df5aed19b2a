/// What a file says about its picture besides the samples: profile, EXIF, XMP, texts, density, …
///
/// The entries keep the bytes of the file, so that a copy into the same format is exact.
public struct ImageMetadata: Sendable, Equatable {
    /// What can be named to be left out.
    public enum Part: String, Sendable, CaseIterable {
        /// Colour: an ICC profile; coding-independent code points and the mastering display; the sRGB chunk; gAMA, cHRM.
        case icc, cicp, srgb, gamma
        /// EXIF as a whole, its GPS directory, its thumbnail.
        case exif, gps, thumbnail
        case xmp, iptc
        /// Comments, and PNG texts.
        case text
        /// Pixels per unit of length.
        case density
        case time
        /// Everything else that may be copied.
        case other

        /// Whether the part says what the samples mean, and not who made them, where and when.
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
        /// Never `.gps` or `.thumbnail`, which lie inside `.exif`.
        var part: Part
        var source: Source
    }

    var entries: [Entry] = []
    /// The layout and sample type of the picture that the entries describe, as its decoder delivers it.
    var picture: DecodedFormat?

    /// None.
    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// What is there, the parts of EXIF included.
    public var parts: Set<Part> {
        var parts = Set(entries.map(\.part))
        for exif in entries.compactMap(\.exif).compactMap({ Exif($0) }) {
            if exif.hasLocation { parts.insert(.gps) }
            if exif.hasThumbnail { parts.insert(.thumbnail) }
        }
        return parts
    }

    /// The EXIF orientation, 1...8; nil when there is none.
    var orientation: Int? {
        entries.lazy.compactMap(\.exif).compactMap { Exif($0)?.orientation }.first
    }
}

struct JPEGSegment: Sendable, Equatable {
    /// 0xe0...0xef, or 0xfe for a comment.
    var marker: UInt8
    /// Without the two bytes of length.
    var data: [UInt8]

    /// The most that a segment's length leaves room for.
    static let capacity = 65_533

    func begins(_ text: String) -> Bool { data.starts(with: Array(text.utf8)) }
}

extension ImageMetadata.Entry {
    /// The TIFF structure of an EXIF entry.
    var exif: [UInt8]? {
        guard part == .exif else { return nil }
        switch source {
        case .chunk(_, let data, _): return Array(data.dropFirst(Self.exifIntroduction(data)))
        case .segments(let segments): return segments.first.map { Array($0.data.dropFirst(6)) }
        }
    }

    /// Some writers put JPEG's introduction into a PNG chunk too.
    private static func exifIntroduction(_ data: [UInt8]) -> Int { data.starts(with: Array("Exif\0\0".utf8)) ? 6 : 0 }

    /// The same entry around other EXIF data.
    func replacingExif(_ bytes: [UInt8]) -> Self {
        var result = self
        switch source {
        case .chunk(let type, let data, let afterImage):
            let introduction = data.prefix(Self.exifIntroduction(data))
            result.source = .chunk(type: type, data: introduction + bytes, afterImage: afterImage)
        case .segments(let segments):
            guard let first = segments.first else { return self }
            result.source = .segments([JPEGSegment(marker: first.marker, data: first.data.prefix(6) + bytes)])
        }
        return result
    }
}
