import Raster

/// What the rows of a field are: a field is a value between two operators, a grid of interleaved samples.
///
/// A stored sample `s` stands for the real number `s / divisor` on the 0…255 scale. The division is put off until the
/// samples leave the program, so that chains of integer kernels stay exact.
public struct FieldFormat: Sendable, Equatable {
    public var size: ImageSize
    /// Samples for one pixel, alpha included; alpha is the last.
    public var channels: Int
    public var hasAlpha: Bool
    public var type: SampleType
    /// `1...`; alpha is stored with the same divisor.
    public var divisor: Int
    /// Every stored colour sample lies in this interval.
    public var bounds: ClosedRange<Double>
    /// Whether every stored sample is the exact integer that real arithmetic would give.
    public var isExact: Bool

    public init(
        size: ImageSize, channels: Int, hasAlpha: Bool, type: SampleType, divisor: Int = 1,
        bounds: ClosedRange<Double>, isExact: Bool
    ) {
        self.size = size
        self.channels = channels
        self.hasAlpha = hasAlpha
        self.type = type
        self.divisor = divisor
        self.bounds = bounds
        self.isExact = isExact
    }

    /// The samples as a decoder gives them: 0…255 as they are, 0…65535 with the divisor 257.
    public init(size: ImageSize, layout: ChannelLayout, decoded type: SampleType) {
        let full: Double = type == .uint16 ? 65535 : 255
        self.init(
            size: size, channels: layout.count, hasAlpha: layout.hasAlpha, type: type,
            divisor: type == .uint16 ? 257 : 1, bounds: 0...full, isExact: true)
    }

    public var colorCount: Int { hasAlpha ? channels - 1 : channels }
    public var samplesPerRow: Int { size.width * channels }
    public var bytesPerRow: Int { samplesPerRow * type.byteCount }

    /// The interval of the real values, `bounds / divisor`.
    public var values: ClosedRange<Double> {
        (bounds.lowerBound / Double(divisor))...(bounds.upperBound / Double(divisor))
    }

    /// The interval of everything stored in a row, alpha included.
    public var storedBounds: ClosedRange<Double> {
        guard hasAlpha else { return bounds }
        return min(0, bounds.lowerBound)...max(255 * Double(divisor), bounds.upperBound)
    }

    /// The same without its last channel, which is alpha.
    public var withoutAlpha: FieldFormat {
        precondition(hasAlpha)
        var format = self
        format.channels -= 1
        format.hasAlpha = false
        return format
    }

    public var layout: ChannelLayout {
        switch (colorCount, hasAlpha) {
        case (1, false): .gray
        case (1, true): .grayAlpha
        case (_, false): .rgb
        case (_, true): .rgba
        }
    }
}
