/// How a convolution treats pixels that are partly transparent.
public struct TransparencyRule: Sendable {
    public var rows: Int
    public var columns: Int
    /// The index of the centre among the weights, row by row.
    public var anchor: Int
    /// Pixels between two outputs.
    public var stride: Int
    /// Samples for one pixel; alpha is the last.
    public var channels: Int
    /// Added to colour samples.
    public var offset: Float
    /// What alpha and kept colours are multiplied with.
    public var alphaFactor: Float

    public init(
        rows: Int, columns: Int, anchor: Int, stride: Int, channels: Int, offset: Float, alphaFactor: Float
    ) {
        self.rows = rows
        self.columns = columns
        self.anchor = anchor
        self.stride = stride
        self.channels = channels
        self.offset = offset
        self.alphaFactor = alphaFactor
    }
}

/// Finishes a row of plain sums: adds the offset, restores alpha, and computes pixels with a neighbour that is more
/// transparent than themselves anew, as `Σ kᵢ·(wᵢ·cᵢ + (1 − wᵢ)·c₀)` with `wᵢ = min(1, αᵢ/α₀)`.
///
/// `rows[i]` points at the sample under the window's upper left weight for the first pixel.
public func blendTransparentPixels(
    _ rows: UnsafePointer<UnsafePointer<Float>>, _ output: UnsafeMutablePointer<Float>, width: Int,
    _ rule: TransparencyRule, _ weights: [Float]
) {
    let channels = rule.channels
    let alpha = channels - 1
    let centre = rows[rule.anchor / rule.columns] + (rule.anchor % rule.columns) * channels
    for x in 0..<width {
        let p = x * rule.stride * channels
        let own = centre[p + alpha]
        let out = output + x * channels
        out[alpha] = own * rule.alphaFactor
        if own <= 0 {
            for c in 0..<alpha { out[c] = centre[p + c] * rule.alphaFactor }
            continue
        }
        var least = own
        for i in 0..<rule.rows {
            let row = rows[i] + (p + alpha)
            for j in 0..<rule.columns { least = min(least, row[j * channels]) }
        }
        if least < own {
            for c in 0..<alpha {
                let c0 = Double(centre[p + c])
                var sum = 0.0
                for i in 0..<rule.rows {
                    let row = rows[i] + p
                    for j in 0..<rule.columns {
                        let weight = Double(weights[i * rule.columns + j])
                        let w = min(1, Double(row[j * channels + alpha]) / Double(own))
                        sum += weight * (c0 + w * (Double(row[j * channels + c]) - c0))
                    }
                }
                out[c] = Float(sum) + rule.offset
            }
        } else if rule.offset != 0 {
            for c in 0..<alpha { out[c] += rule.offset }
        }
    }
}
