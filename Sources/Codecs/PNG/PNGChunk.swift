import CDeflate

/// The four letters of a chunk.
struct ChunkType: Sendable, Hashable, CustomStringConvertible {
    let code: UInt32

    init(code: UInt32) { self.code = code }

    init(_ name: StaticString) {
        precondition(name.utf8CodeUnitCount == 4)
        code = name.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    var bytes: [UInt8] { bigEndian(code) }

    /// Only letters make a type.
    var isValid: Bool { bytes.allSatisfy { (65...90).contains($0) || (97...122).contains($0) } }
    /// A reader has to know a critical chunk.
    var isCritical: Bool { code & 0x2000_0000 == 0 }
    /// The third letter is kept for a later version of the standard, and libpng refuses files that use it.
    var isReserved: Bool { code & 0x2000 != 0 }
    /// Means the same when the samples were changed.
    var isSafeToCopy: Bool { code & 0x20 != 0 }

    /// Whether the data speak of single channels, or of samples of a certain depth.
    var dependsOnSamples: Bool { self == .sbit || self == .bkgd || self == .hist }

    /// How many bytes the data have, where the standard says so.
    var fixedLength: Int? {
        switch self {
        case .gama, .cicp: 4
        case .chrm: 32
        case .srgb: 1
        case .phys: 9
        case .actl: 8
        case .time: 7
        default: nil
        }
    }

    /// Whether a file may have only one.
    var isSingle: Bool { fixedLength != nil || self == .exif || self == .iccp || self == .sbit || self == .bkgd }

    var description: String { String(decoding: bytes.map { (32...126).contains($0) ? $0 : 63 }, as: UTF8.self) }

    static let ihdr = ChunkType("IHDR")
    static let plte = ChunkType("PLTE")
    static let idat = ChunkType("IDAT")
    static let iend = ChunkType("IEND")
    static let trns = ChunkType("tRNS")
    static let exif = ChunkType("eXIf")
    static let iccp = ChunkType("iCCP")
    static let cicp = ChunkType("cICP")
    static let srgb = ChunkType("sRGB")
    static let gama = ChunkType("gAMA")
    static let chrm = ChunkType("cHRM")
    static let phys = ChunkType("pHYs")
    static let text = ChunkType("tEXt")
    static let ztxt = ChunkType("zTXt")
    static let itxt = ChunkType("iTXt")
    static let sbit = ChunkType("sBIT")
    static let bkgd = ChunkType("bKGD")
    static let hist = ChunkType("hIST")
    static let splt = ChunkType("sPLT")
    static let time = ChunkType("tIME")
    static let mdcv = ChunkType("mDCV")
    static let clli = ChunkType("cLLI")
    /// An animation: how many pictures it has, and how often it is shown.
    static let actl = ChunkType("acTL")
}

/// CRC-32 over a chunk's type and data.
func crc32(_ type: ChunkType, _ data: [UInt8]) -> UInt32 {
    UInt32(libdeflate_crc32(libdeflate_crc32(0, type.bytes, 4), data, data.count))
}

/// A whole chunk as it stands in a file.
func encodedChunk(_ type: ChunkType, _ data: [UInt8]) -> [UInt8] {
    bigEndian(UInt32(data.count)) + type.bytes + data + bigEndian(crc32(type, data))
}
