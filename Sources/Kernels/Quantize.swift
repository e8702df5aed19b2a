import KernelParameters
import Raster

/// How stored samples become whole numbers: `min(max(round(s / divisor), 0), most)`, halves away from zero.
public struct Quantizer: Sendable {
    /// `round(s · 65536·… / divisor)` as a multiplication of 16-bit numbers: `((s + half) · factor) >> (16 + shift)`.
    struct Reciprocal: Sendable {
        var half: UInt16
        var factor: UInt16
        var shift: UInt16
    }

    let divisor: Int
    /// Output units for one unit of the 0…255 scale: 1 for 8 bits, 257 for 16.
    let unit: Int
    let reciprocal: Reciprocal?
    /// Whether samples stored as floats are whole numbers.
    let isWhole: Bool

    /// - `divisor`: `1...`, of the stored samples.
    /// - `output`: `uint8` (the largest sample is 255) or `uint16` (65535, 257 for each unit of the 0…255 scale).
    /// - `isWhole`: whether stored samples are whole numbers, also where their type is `float32`.
    public init(divisor: Int, output: SampleType, isWhole: Bool = false) {
        self.divisor = divisor
        self.isWhole = isWhole
        unit = output == .uint16 ? 257 : 1
        reciprocal = output == .uint8 ? Self.reciprocal(of: divisor) : nil
    }

    /// Whether 32-bit floats are precise enough for whole samples; see `divideWhole`.
    var dividesInFloat: Bool { unit == 1 && divisor <= 4096 }

    /// How sums in 0...65535 become bytes by 16-bit arithmetic, where they do.
    public var shortDivision: ShortDivision? {
        reciprocal.map {
            ShortDivision(most: UInt16(255 * divisor), half: $0.half, factor: $0.factor, shift: $0.shift)
        }
    }

    /// Whether samples are real numbers that become bytes as they are.
    public var roundsReals: Bool { divisor == 1 && unit == 1 && !isWhole }

    /// How 32-bit sums become bytes at once; nil where that takes more than an addition and a multiplication.
    ///
    /// The sums need not be clipped first: what lies outside `0...255·divisor` is clipped as a byte afterwards.
    public var byteEnd: QuadEnd? {
        guard dividesInFloat else { return nil }
        if divisor == 1 { return .bytes }
        let factor = 1 / Float(divisor)
        return .scaledBytes(factor: factor, term: 0.5 + 0.25 * factor)
    }

    public var outputByteCount: Int { unit == 257 ? 2 : 1 }

    /// The 16-bit multiplication that divides every sample in `0...255·divisor` exactly, where there is one.
    private static func reciprocal(of divisor: Int) -> Reciprocal? {
        let most = 255 * divisor
        guard divisor > 1, most + divisor / 2 <= 65535 else { return nil }
        for shift in 0..<12 {
            let factor = ((1 << (16 + shift)) + divisor - 1) / divisor
            guard factor <= 65535 else { return nil }
            // ⌊n·f/2^k⌋ = ⌊n/d⌋ for all n ≤ N where (f·d − 2^k)·N < 2^k, by Granlund and Montgomery.
            let excess = factor * divisor - (1 << (16 + shift))
            if excess * (most + divisor / 2) < (1 << (16 + shift)) {
                return Reciprocal(half: UInt16(divisor / 2), factor: UInt16(factor), shift: UInt16(shift))
            }
        }
        return nil
    }
}

/// Rounds and clips `count` stored samples of `type` to 8 or 16 bits, as the quantizer says; see `Quantizer`.
public func quantizeRow(
    _ input: UnsafeRawPointer, _ type: SampleType, to output: UnsafeMutableRawPointer, by quantizer: Quantizer,
    count: Int
) {
    if quantizer.unit == 257 {
        let output = output.assumingMemoryBound(to: UInt16.self)
        switch type {
        case .uint8: divide(input.assumingMemoryBound(to: UInt8.self), output, quantizer, count)
        case .uint16: divide(input.assumingMemoryBound(to: UInt16.self), output, quantizer, count)
        case .int16: divide(input.assumingMemoryBound(to: Int16.self), output, quantizer, count)
        case .int32: divide(input.assumingMemoryBound(to: Int32.self), output, quantizer, count)
        case .float32: round(input.assumingMemoryBound(to: Float.self), output, quantizer, count)
        }
    } else {
        let output = output.assumingMemoryBound(to: UInt8.self)
        switch type {
        case .uint8: narrow(input.assumingMemoryBound(to: UInt8.self), output, quantizer, count)
        case .uint16: narrow(input.assumingMemoryBound(to: UInt16.self), output, quantizer, count)
        case .int16: narrow(input.assumingMemoryBound(to: Int16.self), output, quantizer, count)
        case .int32: narrow(input.assumingMemoryBound(to: Int32.self), output, quantizer, count)
        case .float32:
            let input = input.assumingMemoryBound(to: Float.self)
            if quantizer.isWhole, quantizer.dividesInFloat {
                divideWhole(input, output, quantizer, count) { $0 }
            } else {
                round(input, output, quantizer, count)
            }
        }
    }
}

@inline(__always)
private func narrow<Sample: FixedWidthInteger>(
    _ input: UnsafePointer<Sample>, _ output: UnsafeMutablePointer<UInt8>, _ quantizer: Quantizer, _ count: Int
) {
    if quantizer.divisor == 1 {
        for x in 0..<count { output[x] = UInt8(truncatingIfNeeded: clip(input[x], to: 255)) }
    } else if let r = quantizer.reciprocal {
        let most = UInt16(truncatingIfNeeded: 255 * quantizer.divisor)
        let half = r.half, factor = UInt32(r.factor), shift = r.shift
        for x in 0..<count {
            let positive = input[x] < 0 ? 0 : input[x]
            let n =
                (Sample.bitWidth == 32
                    ? UInt16(truncatingIfNeeded: min(positive, Sample(truncatingIfNeeded: most)))
                    : min(UInt16(truncatingIfNeeded: positive), most)) &+ half
            let high = UInt16(truncatingIfNeeded: (UInt32(n) &* factor) &>> 16)
            output[x] = UInt8(truncatingIfNeeded: high &>> shift)
        }
    } else if quantizer.dividesInFloat {
        divideWhole(input, output, quantizer, count) { Float($0) }
    } else {
        divide(input, output, quantizer, count)
    }
}

/// Whole samples in floats: `⌊s/d + 1/2⌋` as `⌊s · (1/d) + (1/2 + 1/4d)⌋`. The quarter keeps halves, and what lies 1/2d
/// below them, so far from the next whole number that the error of the product, below 2⁻²² · 255, never reaches it.
@inline(__always)
private func divideWhole<Sample>(
    _ input: UnsafePointer<Sample>, _ output: UnsafeMutablePointer<UInt8>, _ quantizer: Quantizer, _ count: Int,
    _ float: (Sample) -> Float
) {
    let most = Float(255 * quantizer.divisor)
    let inverse = 1 / Float(quantizer.divisor)
    let half = 0.5 + 0.25 * inverse
    for x in 0..<count {
        let sample = float(input[x])
        let s = sample > 0 ? min(sample, most) : 0
        output[x] = UInt8(truncatingIfNeeded: Int32(s * inverse + half))
    }
}

@inline(__always)
private func clip<Sample: FixedWidthInteger>(_ sample: Sample, to most: Sample) -> Sample {
    let positive = sample < 0 ? 0 : sample
    return positive > most ? most : positive
}

/// Integers of any size: in doubles, which hold every 32-bit sample, its product with 514 and the divisor exactly.
@inline(__always)
private func divide<Sample: FixedWidthInteger, Output: FixedWidthInteger>(
    _ input: UnsafePointer<Sample>, _ output: UnsafeMutablePointer<Output>, _ quantizer: Quantizer, _ count: Int
) {
    if quantizer.divisor == quantizer.unit {
        let most = Double(Output.max)
        for x in 0..<count {
            output[x] = Output(truncatingIfNeeded: Int32(min(max(Double(input[x]), 0), most)))
        }
        return
    }
    let divisor = Double(quantizer.divisor)
    let unit = Double(quantizer.unit)
    let most = 255 * divisor
    for x in 0..<count {
        // round(s·u/d) = ⌊(2·s·u + d) / 2d⌋; the quotient of two exact doubles is rounded correctly, and a quotient
        // below the next integer by 1/2d or more stays below it.
        let s = min(max(Double(input[x]), 0), most)
        let rounded = (2 * s * unit + divisor) / (2 * divisor)
        output[x] = Output(truncatingIfNeeded: Int32(rounded))
    }
}

@inline(__always)
private func round<Output: FixedWidthInteger>(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Output>, _ quantizer: Quantizer, _ count: Int
) {
    if quantizer.divisor == 1, quantizer.unit == 1 {
        for x in 0..<count {
            // A number that is not one (a NaN from outside) becomes 0: the comparison picks 0 for it.
            let s = input[x] > 0 ? min(input[x], 255) : 0
            let whole = s.rounded(.down)
            output[x] = Output(truncatingIfNeeded: Int32(whole) &+ (s - whole >= 0.5 ? 1 : 0))
        }
        return
    }
    let divisor = Double(quantizer.divisor)
    let unit = Double(quantizer.unit)
    let most = Float(255 * divisor)
    for x in 0..<count {
        let s = Double(input[x] > 0 ? min(input[x], most) : 0)
        output[x] = Output(truncatingIfNeeded: Int32((2 * s * unit + divisor) / (2 * divisor)))
    }
}
