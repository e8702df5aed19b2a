import Raster

/// Turns undone stored rows of a PNG into the rows that a decoder delivers: palette and small depths expanded, 16 bits in
/// the machine's byte order, alpha left out if asked.
///
/// Not for colours made transparent by tRNS in gray and RGB pictures.
struct RowExpansion {
    private enum Rule {
        case copy
        /// 16-bit samples: `stored` for each pixel, the first `kept` of them are delivered.
        case words(stored: Int, kept: Int)
        /// 8-bit samples without the last one of each pixel.
        case dropLast(stored: Int)
        /// Indices of so many bits into a table with `kept` bytes for each entry.
        case lookUp(bits: Int, kept: Int)
    }

    private let rule: Rule
    private let table: [UInt8]
    private let width: Int

    /// Nil for a picture that this is not for.
    init?(_ header: PNGHeader, palette: [UInt8], transparency: [UInt8], dropAlpha: Bool) {
        width = header.size.width
        let stored = header.storedChannels
        switch header.colorType {
        case .palette:
            let kept = transparency.isEmpty || dropAlpha ? 3 : 4
            // An index beyond the palette is black, and opaque, as libpng has it.
            table = (0..<256).flatMap { index -> [UInt8] in
                let color = 3 * index + 3 <= palette.count ? Array(palette[(3 * index)..<(3 * index + 3)]) : [0, 0, 0]
                return color + (kept == 4 ? [index < transparency.count ? transparency[index] : 255] : [])
            }
            rule = .lookUp(bits: header.bitDepth, kept: kept)
        case .gray where header.bitDepth < 8:
            guard transparency.isEmpty else { return nil }
            let highest = 1 << header.bitDepth - 1
            table = (0...highest).map { UInt8($0 * 255 / highest) }
            rule = .lookUp(bits: header.bitDepth, kept: 1)
        default:
            guard transparency.isEmpty else { return nil }
            table = []
            let drops = dropAlpha && header.layout(hasTransparency: false).hasAlpha
            if header.bitDepth == 16 {
                rule = .words(stored: stored, kept: drops ? stored - 1 : stored)
            } else {
                rule = drops ? .dropLast(stored: stored) : .copy
            }
        }
    }

    func expand(_ row: UnsafePointer<UInt8>, storedBytes: Int, to out: UnsafeMutablePointer<UInt8>) {
        switch rule {
        case .copy: out.update(from: row, count: storedBytes)
        case .dropLast(let stored):
            var (source, target) = (row, out)
            for _ in 0..<width {
                for channel in 0..<(stored - 1) { target[channel] = source[channel] }
                source += stored
                target += stored - 1
            }
        case .words(let stored, let kept):
            let raw = UnsafeRawPointer(row)
            let target = UnsafeMutableRawPointer(out)
            func word(_ index: Int) -> UInt16 {
                UInt16(bigEndian: raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
            if stored == kept {
                for index in 0..<(width * stored) {
                    target.storeBytes(of: word(index), toByteOffset: 2 * index, as: UInt16.self)
                }
                return
            }
            for pixel in 0..<width {
                for channel in 0..<kept {
                    target.storeBytes(
                        of: word(pixel * stored + channel), toByteOffset: 2 * (pixel * kept + channel), as: UInt16.self)
                }
            }
        case .lookUp(let bits, let kept):
            table.withUnsafeBufferPointer { table in
                let mask = 1 << bits - 1
                for pixel in 0..<width {
                    let bit = pixel * bits
                    let index = Int(row[bit >> 3]) >> (8 - bits - bit & 7) & mask
                    for byte in 0..<kept { out[pixel * kept + byte] = table[index * kept + byte] }
                }
            }
        }
    }
}
