import Dataflow
import Kernels
import Raster

/// A function of one sample through a table of all values that a sample can have.
struct TableRows<Entry: Sendable>: RowOperator {
    let input: FieldFormat
    let output: FieldFormat
    let first: Int
    let table: [Entry]
    /// What alpha is multiplied with to have the output's divisor, and how it is written.
    let alpha: @Sendable (Int) -> Entry
    let summary: String

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let count = self.output.samplesPerRow
        for y in rows {
            let from = inputs[0].row(y)
            let to = output.row(y, as: Entry.self)
            if input.hasAlpha {
                // The table holds colours; alpha, which it maps as well, is put back afterwards.
                table.withUnsafeBufferPointer {
                    mapRow(from, input.type, table: $0.baseAddress!, first: first, to: to, count: count)
                }
                for p in stride(from: input.channels - 1, to: count, by: input.channels) {
                    to[p] = alpha(sample(from, p))
                }
            } else {
                table.withUnsafeBufferPointer {
                    mapRow(from, input.type, table: $0.baseAddress!, first: first, to: to, count: count)
                }
            }
        }
    }

    private func sample(_ row: UnsafeRawPointer, _ index: Int) -> Int {
        switch input.type {
        case .uint8: Int(row.assumingMemoryBound(to: UInt8.self)[index])
        case .uint16: Int(row.assumingMemoryBound(to: UInt16.self)[index])
        case .int16: Int(row.assumingMemoryBound(to: Int16.self)[index])
        case .int32, .float32: Int(row.assumingMemoryBound(to: Int32.self)[index])
        }
    }
}

/// A function of one real sample; alpha is left alone.
struct FunctionRows: RowOperator {
    let function: PointFunction
    let output: FieldFormat
    let summary: String

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let channels = self.output.channels
        let colors = self.output.colorCount
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            for x in 0..<self.output.size.width {
                let p = x * channels
                for c in 0..<colors { to[p + c] = Float(function(Double(from[p + c]))) }
                if colors < channels { to[p + colors] = from[p + colors] }
            }
        }
    }
}

extension Graph {
    /// Applies a function to every colour sample.
    mutating func apply(_ function: PointFunction, to field: FieldID, _ context: LoweringContext) -> FieldID {
        let format = format(of: field)
        if let result = applyTable(function, to: field, format, context) { return result }
        let input = real(field)
        var output = self.format(of: input)
        output.bounds = function.bounds(over: output.bounds)
        output.isExact = false
        return add(
            FunctionRows(function: function, output: output, summary: "\(function.name.rawValue), float32"), [input])
    }

    private mutating func applyTable(
        _ function: PointFunction, to field: FieldID, _ format: FieldFormat, _ context: LoweringContext
    ) -> FieldID? {
        guard format.type.isInteger, format.type != .int32, context.rewrites.contains(.tables) else { return nil }
        let bounds = format.storedBounds
        let first = Int(bounds.lowerBound)
        let last = Int(bounds.upperBound)
        guard last - first < 1 << 16 else { return nil }
        let divisor = Double(format.divisor)
        let values = (first...last).map { function(Double($0) / divisor) }
        var output = format
        output.bounds = values.min()!...values.max()!
        if function.keepsWholeNumbers, format.isExact,
            // Alpha goes through the same table, so with alpha the divisor stays what it is.
            let (whole, scale) = wholeNumbers(values, format.hasAlpha ? [format.divisor] : [1, format.divisor])
        {
            output.type = .int16
            output.divisor = scale
            output.bounds = Double(whole.min()!)...Double(whole.max()!)
            let inputDivisor = format.divisor
            return add(
                TableRows(
                    input: format, output: output, first: first, table: whole,
                    alpha: { Int16(truncatingIfNeeded: $0 * scale / inputDivisor) },
                    summary: "\(function.name.rawValue) by a table of \(values.count) whole numbers"),
                [field])
        }
        output.type = .float32
        output.divisor = 1
        output.isExact = false
        return add(
            TableRows(
                input: format, output: output, first: first, table: values.map { Float($0) },
                alpha: { Float(Double($0) / divisor) },
                summary: "\(function.name.rawValue) by a table of \(values.count) values, float32"),
            [field])
    }

    /// The values times the first of the divisors that makes 16-bit whole numbers of them all.
    private func wholeNumbers(_ values: [Double], _ divisors: [Int]) -> ([Int16], Int)? {
        for divisor in divisors where 255 * divisor <= 32767 {
            let scaled = values.map { $0 * Double(divisor) }
            // The quotient of two whole numbers, times the divisor, is the whole number but for the last bits.
            guard scaled.allSatisfy({ abs($0) <= 32767 && abs($0 - $0.rounded()) < 1e-6 }) else { continue }
            return (scaled.map { Int16($0.rounded()) }, divisor)
        }
        return nil
    }
}
