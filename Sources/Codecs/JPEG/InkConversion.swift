/// CMYK to RGB without a profile: R = (255 − C) · (255 − K) / 255, rounded to nearest, and so for G with M, B with Y.
///
/// `inks` are four samples for each pixel. Adobe's programs store 255 − ink (`isInverted`).
func convertInks(_ inks: [UInt8], isInverted: Bool, to out: UnsafeMutablePointer<UInt8>) {
    let flip: UInt8 = isInverted ? 0 : 255
    inks.withUnsafeBufferPointer { inks in
        for pixel in 0..<(inks.count / 4) {
            let paper = Int(inks[4 * pixel + 3] ^ flip)
            for channel in 0..<3 {
                out[3 * pixel + channel] = UInt8((Int(inks[4 * pixel + channel] ^ flip) * paper * 2 + 255) / 510)
            }
        }
    }
}
