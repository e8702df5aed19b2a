/// Makes samples of 8 bits ones of 1, 2 or 4, and packs them: the nearest of the levels that the depth has.
///
/// `level = round(sample · (2^depth − 1) / 255)`. What was rounded to 8 bits before comes out as if it had not been: the
/// middle between two levels is the middle between two samples too.
struct LevelPacking: Sendable {
    let depth: Int
    /// For each sample.
    let levels: [UInt8]

    init(depth: Int) {
        self.depth = depth
        let top = 1 << depth - 1
        levels = (0...255).map { UInt8(($0 * top + 127) / 255) }
    }

    func rowBytes(width: Int) -> Int { (width * depth + 7) / 8 }

    /// Packs a row, the first sample into the highest bits; what is left of the last byte is 0.
    func pack(_ source: UnsafePointer<UInt8>, width: Int, to target: UnsafeMutablePointer<UInt8>) {
        let perByte = 8 / depth
        for (index, first) in stride(from: 0, to: width, by: perByte).enumerated() {
            var byte: UInt8 = 0
            for place in 0..<min(perByte, width - first) {
                byte |= levels[Int(source[first + place])] << UInt8(8 - depth * (place + 1))
            }
            target[index] = byte
        }
    }
}
