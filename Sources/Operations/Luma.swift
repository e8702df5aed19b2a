import Dataflow
import Kernels
import Raster

/// Luma by Rec. 601, `0.299 R + 0.587 G + 0.114 B`, in whole numbers: `299 R + 587 G + 114 B` with a divisor 1000 times
/// as large.
struct LumaRows: RowOperator {
    let input: FieldFormat
    let output: FieldFormat
    let isWhole: Bool
    var summary: String { isWhole ? "luma, whole numbers in float32, exact" : "luma, float32" }

    func reading(_ index: Int, as format: FieldFormat) -> (any RowOperator)? {
        LumaRows(input: format, output: output, isWhole: isWhole)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let weights: (Float, Float, Float) = isWhole ? (299, 587, 114) : (0.299, 0.587, 0.114)
        for y in rows {
            lumaRow(
                inputs[0].row(y), input.type, channels: input.channels, weights: weights,
                to: output.row(y, as: Float.self), width: self.output.size.width)
        }
    }
}

extension Graph {
    /// The luma plane of a picture, which for a JPEG is the one that it stores.
    public mutating func luma(of field: FieldID, _ context: LoweringContext) -> FieldID {
        let format = format(of: field)
        if format.colorCount == 1 { return plane(0, of: field) }
        if let stored = context.lumaPlane, stored.of == field { return stored.plane }
        var output = format
        output.channels = 1
        output.hasAlpha = false
        output.type = .float32
        let (divisor, overflow) = format.divisor.multipliedReportingOverflow(by: 1000)
        let isWhole =
            format.isExact && !overflow
            && max(abs(format.bounds.lowerBound), abs(format.bounds.upperBound)) * 1000 <= exactFloatLimit
        if isWhole {
            output.divisor = divisor
            output.bounds = format.bounds.lowerBound * 1000...format.bounds.upperBound * 1000
        } else {
            output.isExact = false
        }
        return add(LumaRows(input: format, output: output, isWhole: isWhole), [field])
    }

    /// One channel as a plane.
    mutating func plane(_ channel: Int, of field: FieldID) -> FieldID {
        let format = format(of: field)
        if format.channels == 1 { return field }
        var output = format
        output.channels = 1
        output.hasAlpha = false
        if format.hasAlpha, channel == format.channels - 1 {
            output.bounds = 0...255 * Double(format.divisor)
        }
        return add(ExtractRows(input: format, output: output, channel: channel), [field])
    }

    /// Colour from `colors`, alpha from the last channel of `alpha`.
    mutating func withAlpha(_ colors: FieldID, from alpha: FieldID) -> FieldID {
        interleaved([colors, plane(format(of: alpha).channels - 1, of: alpha)], hasAlpha: true)
    }

    /// All channels of the fields, one after the other.
    mutating func interleaved(_ fields: [FieldID], hasAlpha: Bool) -> FieldID {
        let fields = aligned(fields)
        let formats = fields.map { format(of: $0) }
        var output = formats[0]
        output.channels = formats.reduce(0) { $0 + $1.channels }
        output.hasAlpha = hasAlpha
        output.isExact = formats.allSatisfy(\.isExact)
        output.bounds =
            formats.map(\.storedBounds.lowerBound).min()!...formats.map(\.storedBounds.upperBound).max()!
        var origins: [InterleaveRows.Origin] = []
        for (input, format) in formats.enumerated() {
            for channel in 0..<format.channels {
                origins.append(.init(input: input, channel: channel, channels: format.channels))
            }
        }
        return add(InterleaveRows(origins: origins, output: output), fields)
    }
}
