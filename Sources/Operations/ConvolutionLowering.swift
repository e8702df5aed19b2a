import Dataflow
import Kernels
import Raster

/// Chooses the arithmetic of a convolution and adds its operators.
///
/// In order: 16-bit integers where every result fits them (sums on the way may wrap), sums of 16-bit groups in 32 bits,
/// whole numbers in float32 while they stay below 2²⁴, 32-bit integers, and float32 with real weights.
struct ConvolutionLowering {
    let kernel: ConvolutionKernel
    /// Added to the result, on the 0…255 scale.
    var offset: Double = 0
    var border: BorderMode = .replicate
    var stride: Int = 1
    let context: LoweringContext

    func lower(_ field: FieldID, into graph: inout Graph) throws(OperationError) -> FieldID {
        let format = graph.format(of: field)
        let window = WindowGeometry(
            rows: kernel.rows, columns: kernel.columns, stride: stride, border: border, input: format.size)
        guard window.output.width > 0, window.output.height > 0 else {
            throw tooLarge(columns: kernel.columns, rows: kernel.rows, format.size)
        }
        if format.hasAlpha {
            return lowerWithAlpha(field, window, into: &graph)
        }
        if format.isExact, let exact = kernel.exact,
            let result = lowerExact(field, window, exact.weights, exact.divisor, into: &graph)
        {
            return result
        }
        return lowerReal(field, window, into: &graph)
    }

    private func tooLarge(columns: Int, rows: Int, _ size: ImageSize) -> OperationError {
        OperationError(
            "kernel-too-large", "the \(columns)×\(rows) kernel does not fit the \(size) picture with border valid",
            hint: "choose another border, or leave out pictures as small as this one")
    }

    // MARK: Whole numbers

    private func lowerExact(
        _ field: FieldID, _ window: WindowGeometry, _ weights: [Int], _ divisor: Int, into graph: inout Graph
    ) -> FieldID? {
        let format = graph.format(of: field)
        let (total, overflow) = format.divisor.multipliedReportingOverflow(by: divisor)
        guard !overflow, total <= 1 << 31 else { return nil }
        let term = offset * Double(total)
        guard term == term.rounded() else { return nil }
        var samples = format.storedBounds
        if border == .zero { samples = min(samples.lowerBound, 0)...max(samples.upperBound, 0) }
        let sum = interval(weights, samples)
        let stage = LinearChain.Stage(weights: weights, window: window, offset: term)
        let before = graph.note(about: field) as? LinearChain
        let chain = LinearChain(
            samples: before?.samples ?? format.storedBounds, stages: (before?.stages ?? []) + [stage])
        let wide = sum.lowerBound + term...sum.upperBound + term
        let result = context.rewrites.contains(.wholeChains) ? chain.bounds() ?? wide : wide
        var output = format
        output.size = window.output
        output.divisor = total
        output.bounds = result
        let sums = ExactSums(
            weights: weights, window: window, samples: samples, term: term, output: output,
            largest: max(abs(result.lowerBound), abs(result.upperBound), largestPartialSum(weights, samples)))
        guard let field = add(sums, to: field, into: &graph) else { return nil }
        graph.note(chain, about: field)
        return field
    }

    /// A convolution of whole numbers whose arithmetic is still to be chosen.
    private struct ExactSums {
        let weights: [Int]
        let window: WindowGeometry
        /// Of the input, with the border's.
        let samples: ClosedRange<Double>
        /// Added to every stored sample.
        let term: Double
        /// All but its type.
        var output: FieldFormat
        /// No sum, finished or on the way, is larger.
        let largest: Double
    }

    private func add(_ sums: ExactSums, to field: FieldID, into graph: inout Graph) -> FieldID? {
        var sums = sums
        let type = graph.format(of: field).type
        let isNarrow = type == .uint8 || type == .int16
        let bounds = sums.output.bounds
        let fitsSigned = bounds.lowerBound >= -32768 && bounds.upperBound <= 32767
        let fitsUnsigned = bounds.lowerBound >= 0 && bounds.upperBound <= 65535
        if isNarrow || type == .uint16, fitsSigned || fitsUnsigned, context.rewrites.contains(.narrowIntegers) {
            sums.output.type = fitsSigned ? .int16 : .uint16
            if let result = addPairs(sums, to: field, groupLimit: 1, into: &graph) { return result }
            let narrow = type == .uint8 ? graph.converted(field, to: .int16) : field
            return add(sums, to: narrow, narrowConvolution(sums.weights), "16-bit integers, exact", into: &graph)
        }
        if isNarrow, sums.largest < 2_147_483_648, context.rewrites.contains(.narrowIntegers),
            let groups = groupedProgram(sums.weights, sums.samples)
        {
            sums.output.type = .int32
            if let result = addPairs(sums, to: field, groupLimit: 64, into: &graph) { return result }
            let narrow = graph.converted(field, to: .int16)
            return add(sums, to: narrow, groups, "16-bit integers summed in 32 bits, exact", into: &graph)
        }
        if sums.largest <= exactFloatLimit {
            sums.output.type = .float32
            let wide = graph.converted(field, to: .float32)
            let convolution = RowConvolution.float(program(sums.weights, of: Float.self))
            return add(sums, to: wide, convolution, "whole numbers in float32, exact", into: &graph)
        }
        if sums.largest < 2_147_483_648, type != .float32 {
            sums.output.type = .int32
            let wide = graph.converted(field, to: .int32)
            let convolution = RowConvolution.int32(program(sums.weights, of: Int32.self))
            return add(sums, to: wide, convolution, "32-bit integers, exact", into: &graph)
        }
        return nil
    }

    private func add(
        _ sums: ExactSums, to field: FieldID, _ convolution: RowConvolution, _ arithmetic: String,
        into graph: inout Graph
    ) -> FieldID {
        add(field, sums.window, sums.output, sums.term, convolution, arithmetic, into: &graph)
    }

    private func interval(_ weights: [Int], _ samples: ClosedRange<Double>) -> ClosedRange<Double> {
        var low = 0.0
        var high = 0.0
        for weight in weights {
            let products = (Double(weight) * samples.lowerBound, Double(weight) * samples.upperBound)
            low += min(products.0, products.1)
            high += max(products.0, products.1)
        }
        return low...high
    }

    /// No sum on the way, in any order and with rows added up first, is larger.
    private func largestPartialSum(_ weights: [Int], _ samples: ClosedRange<Double>) -> Double {
        let largest = max(abs(samples.lowerBound), abs(samples.upperBound))
        return weights.reduce(0) { $0 + abs(Double($1)) } * largest + Double(kernel.rows) * largest
    }

    private func narrowConvolution(_ weights: [Int]) -> RowConvolution {
        if context.rewrites.contains(.runningSums), kernel.rows > 2, kernel.columns > 2, stride == 1,
            weights.allSatisfy({ $0 == 1 })
        {
            return .box(columns: kernel.columns, step: 1)
        }
        return .int16(program(weights) { Int16(truncatingIfNeeded: $0) })
    }

    private func program(_ weights: [Int], of type: Float.Type) -> ConvolutionProgram<Float> {
        program(weights) { Float($0) }
    }

    private func program(_ weights: [Int], of type: Int32.Type) -> ConvolutionProgram<Int32> {
        program(weights) { Int32(truncatingIfNeeded: $0) }
    }

    private func program<Sample>(_ weights: [Int], _ sample: (Int) -> Sample) -> ConvolutionProgram<Sample> {
        if context.rewrites.contains(.separable),
            let (column, row) = ConvolutionKernel.factors(weights, rows: kernel.rows, columns: kernel.columns)
        {
            let vertical = column.indices.filter { column[$0] != 0 }
            // Channels are told by the offset, which is in samples, once the format is known.
            return .passes(
                column: vertical.map { Tap(row: $0, offset: 0, weight: sample(column[$0])) },
                row: row.indices.filter { row[$0] != 0 }.map { Tap(row: 0, offset: $0, weight: sample(row[$0])) })
        }
        let (virtualRows, taps) = folded(weights)
        return .taps(
            virtualRows: virtualRows,
            taps.map { Tap(row: $0.row, offset: $0.offset, weight: sample($0.weight)) })
    }

    /// Rows with the same weights become one virtual row, their sum, where that takes fewer instructions.
    private func folded(_ weights: [Int]) -> (virtualRows: [[Int]], taps: [Tap<Int>]) {
        var virtualRows: [[Int]] = []
        var contents: [[Int]] = []
        for r in 0..<kernel.rows {
            let row = Array(weights[r * kernel.columns..<(r + 1) * kernel.columns])
            guard row.contains(where: { $0 != 0 }) else { continue }
            // A row of few weights is read again sooner than it is added up and stored.
            if context.rewrites.contains(.foldedRows), row.count(where: { $0 != 0 }) > 4,
                let known = contents.firstIndex(of: row)
            {
                virtualRows[known].append(r)
            } else {
                virtualRows.append([r])
                contents.append(row)
            }
        }
        let taps = contents.enumerated().flatMap { index, row in
            row.indices.filter { row[$0] != 0 }.map { Tap(row: index, offset: $0, weight: row[$0]) }
        }
        return (virtualRows, taps)
    }

    /// Bytes in pairs, where that takes fewer instructions than 16-bit samples one by one.
    private func addPairs(_ sums: ExactSums, to field: FieldID, groupLimit: Int, into graph: inout Graph) -> FieldID? {
        let input = graph.format(of: field)
        guard input.type == .uint8, stride == 1, border != .wrap, context.rewrites.contains(.bytePairs) else {
            return nil
        }
        var groups: [[PairTap]] = [[]]
        var low = 0.0
        var high = 0.0
        for upper in Swift.stride(from: 0, to: kernel.rows, by: 2) {
            for column in 0..<kernel.columns {
                let first = sums.weights[upper * kernel.columns + column]
                let second = upper + 1 < kernel.rows ? sums.weights[(upper + 1) * kernel.columns + column] : 0
                guard PairTap.fits(first, second) else { return nil }
                if first == 0, second == 0 { continue }
                let sum = interval([first, second], sums.samples)
                if groupLimit > 1, low + sum.lowerBound < -32768 || high + sum.upperBound > 32767 {
                    groups.append([])
                    (low, high) = (0, 0)
                }
                groups[groups.count - 1].append(
                    PairTap(
                        row: upper / 2, offset: column * input.channels, first: Int8(first), second: Int8(second)))
                low += sum.lowerBound
                high += sum.upperBound
            }
        }
        // Putting rows side by side costs about what widening them does.
        let cost = groups.reduce(0) { $0 + $1.count } * 5 + (groups.count - 1) * 16
        guard groups.count <= groupLimit, cost < sampleCost(sums.weights, grouped: groupLimit > 1) else { return nil }
        return graph.add(
            PairConvolveRows(
                window: sums.window, input: input, sums: sums.output, convolution: PairConvolution(groups: groups),
                offset: sums.term,
                arithmetic: "\(kernel.columns)×\(kernel.rows) convolution in 16-bit integers, exact, bytes in pairs"
                    + (groups.count > 1 ? ", \(groups.count) groups summed in 32 bits" : "")),
            [field])
    }

    /// Quarters of an instruction for each vector of samples: what `narrowConvolution` or `groupedProgram` would take.
    private func sampleCost(_ weights: [Int], grouped: Bool) -> Int {
        func cost(_ weights: [Int]) -> Int {
            weights.reduce(0) { $0 + ($1 == 0 ? 0 : abs($1) == 1 ? 4 : 6) }
        }
        if !grouped, context.rewrites.contains(.runningSums), kernel.rows > 2, kernel.columns > 2,
            weights.allSatisfy({ $0 == 1 })
        {
            let digits = kernel.columns.nonzeroBitCount + kernel.columns.bitWidth - kernel.columns.leadingZeroBitCount
            return 12 + 8 * digits
        }
        if !grouped, context.rewrites.contains(.separable),
            let (column, row) = ConvolutionKernel.factors(weights, rows: kernel.rows, columns: kernel.columns)
        {
            return cost(column) + cost(row) + 8
        }
        let (virtualRows, taps) = folded(weights)
        let folding = virtualRows.reduce(0) { $0 + ($1.count > 1 ? 4 * $1.count + 4 : 0) }
        return cost(taps.map(\.weight)) + folding + (grouped ? taps.count : 0)
    }

    /// Taps in groups whose sums fit 16 bits; nil where one product alone does not.
    private func groupedProgram(_ weights: [Int], _ samples: ClosedRange<Double>) -> RowConvolution? {
        let (virtualRows, taps) = folded(weights)
        var groups: [[Tap<Int16>]] = []
        var group: [Tap<Int16>] = []
        var low = 0.0
        var high = 0.0
        for tap in taps {
            let count = Double(virtualRows[tap.row].count)
            let sum = (count * samples.lowerBound, count * samples.upperBound)
            guard sum.0 >= -32768, sum.1 <= 32767, abs(tap.weight) <= 32767 else { return nil }
            let products = (Double(tap.weight) * sum.0, Double(tap.weight) * sum.1)
            let (least, most) = (min(products.0, products.1), max(products.0, products.1))
            guard least >= -32768, most <= 32767 else { return nil }
            if low + least < -32768 || high + most > 32767 {
                groups.append(group)
                (group, low, high) = ([], 0, 0)
            }
            group.append(Tap(row: tap.row, offset: tap.offset, weight: Int16(tap.weight)))
            low += least
            high += most
        }
        if !group.isEmpty { groups.append(group) }
        // Beyond this, adding up the groups costs more than multiplying floats.
        guard !groups.isEmpty, taps.count >= 4 * groups.count else { return nil }
        return .groups(virtualRows: virtualRows, groups)
    }

    // MARK: Real numbers

    private func lowerReal(_ field: FieldID, _ window: WindowGeometry, into graph: inout Graph) -> FieldID {
        if let exact = kernel.exact,
            let (column, row) = ConvolutionKernel.factors(exact.weights, rows: kernel.rows, columns: kernel.columns),
            let result = try? lowerPasses(
                column: column.map { Double($0) / Double(exact.divisor) }, row: row.map(Double.init), field,
                into: &graph)
        {
            return result
        }
        let input = graph.real(field)
        let format = graph.format(of: input)
        if let (column, row) = kernel.nearFactors,
            let result = try? lowerPasses(column: column, row: row, field, into: &graph)
        {
            return result
        }
        let weights = kernel.weights.map { Float($0 / kernel.divisor) }
        var output = format
        output.size = window.output
        output.isExact = false
        output.bounds = realBounds(format.bounds)
        let taps = weights.indices.filter { weights[$0] != 0 }.map {
            Tap(row: $0 / kernel.columns, offset: $0 % kernel.columns, weight: weights[$0])
        }
        return add(
            input, window, output, offset, .float(.taps(virtualRows: (0..<kernel.rows).map { [$0] }, taps)),
            "float32, \(errorBound(format.bounds))", into: &graph)
    }

    private func realBounds(_ samples: ClosedRange<Double>) -> ClosedRange<Double> {
        var samples = samples
        if border == .zero { samples = min(samples.lowerBound, 0)...max(samples.upperBound, 0) }
        var low = offset
        var high = offset
        for weight in kernel.weights {
            let products = (weight / kernel.divisor * samples.lowerBound, weight / kernel.divisor * samples.upperBound)
            low += min(products.0, products.1)
            high += max(products.0, products.1)
        }
        return low...high
    }

    /// A kernel that is a column times a row by its definition: two passes of real numbers.
    func lowerPasses(column: [Double], row: [Double], _ field: FieldID, into graph: inout Graph)
        throws(OperationError) -> FieldID
    {
        let input = graph.real(field)
        var output = graph.format(of: input)
        let window = WindowGeometry(
            rows: column.count, columns: row.count, stride: stride, border: border, input: output.size)
        guard window.output.width > 0, window.output.height > 0 else {
            throw tooLarge(columns: row.count, rows: column.count, output.size)
        }
        output.size = window.output
        output.isExact = false
        let sum = column.reduce(0) { $0 + abs($1) } * row.reduce(0) { $0 + abs($1) }
        let largest = max(abs(output.bounds.lowerBound), abs(output.bounds.upperBound)) * sum
        output.bounds = (output.bounds.lowerBound < 0 ? -largest : 0) + offset...largest + offset
        let program = ConvolutionProgram<Float>.passes(
            column: column.indices.map { Tap(row: $0, offset: 0, weight: Float(column[$0])) },
            row: row.indices.map { Tap(row: 0, offset: $0, weight: Float(row[$0])) })
        return add(input, window, output, offset, .float(program), "float32", into: &graph)
    }

    /// Each of n additions and the rounding of each weight err by at most 2⁻²⁴ of the sum of magnitudes.
    private func errorBound(_ samples: ClosedRange<Double>) -> String {
        let largest = max(abs(samples.lowerBound), abs(samples.upperBound))
        let magnitude = kernel.weights.reduce(0) { $0 + abs($1 / kernel.divisor) } * largest
        let bound = Double(kernel.weights.count + 2) * magnitude / 16_777_216
        return "error below \(significant(bound)) of 255"
    }

    /// Two significant digits, rounded up.
    private func significant(_ value: Double) -> String {
        guard value > 0, value.isFinite else { return "0" }
        var scale = 1.0
        while value * scale < 10 { scale *= 10 }
        return String((value * scale).rounded(.up) / scale)
    }

    // MARK: Alpha

    private func lowerWithAlpha(_ field: FieldID, _ window: WindowGeometry, into graph: inout Graph) -> FieldID {
        let format = graph.format(of: field)
        // Where no transparency interferes, whole numbers stay whole, so the division is put off here as well.
        if let (weights, divisor) = kernel.exact {
            let total = format.divisor.multipliedReportingOverflow(by: divisor)
            let samples = min(0, format.storedBounds.lowerBound)...max(0, format.storedBounds.upperBound)
            let sum = interval(weights, samples)
            let term = offset * Double(total.partialValue)
            let largest = max(
                largestPartialSum(weights, samples) + abs(term), 255 * Double(total.partialValue))
            if !total.overflow, term == term.rounded(), largest <= exactFloatLimit {
                var output = format
                output.size = window.output
                output.type = .float32
                output.divisor = total.partialValue
                output.bounds = sum.lowerBound + term...sum.upperBound + term
                output.isExact = false
                return add(
                    graph.converted(field, to: .float32), window, output, term, weights.map { Float($0) },
                    alphaFactor: Float(divisor), into: &graph)
            }
        }
        let input = graph.real(field)
        var output = graph.format(of: input)
        output.size = window.output
        output.bounds = realBounds(min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound))
        output.isExact = false
        return add(
            input, window, output, offset, kernel.weights.map { Float($0 / kernel.divisor) }, alphaFactor: 1,
            into: &graph)
    }

    private func add(
        _ field: FieldID, _ window: WindowGeometry, _ output: FieldFormat, _ term: Double, _ weights: [Float],
        alphaFactor: Float, into graph: inout Graph
    ) -> FieldID {
        graph.add(
            AlphaConvolveRows(
                window: window, input: graph.format(of: field), output: output, weights: weights, offset: term,
                alphaFactor: alphaFactor,
                summary: "\(kernel.columns)×\(kernel.rows) convolution beside transparency, float32"),
            [field])
    }

    // MARK: Operators

    private func add(
        _ field: FieldID, _ window: WindowGeometry, _ output: FieldFormat, _ term: Double,
        _ convolution: RowConvolution, _ arithmetic: String, into graph: inout Graph
    ) -> FieldID {
        let input = graph.format(of: field)
        return graph.add(
            ConvolveRows(
                window: window, input: input, sums: output, convolution: convolution.scaled(by: input.channels),
                offset: term,
                arithmetic: "\(window.columns)×\(window.rows) convolution in \(arithmetic)\(convolution.way)"),
            [field])
    }
}

extension RowConvolution {
    /// The same with offsets in samples instead of pixels.
    fileprivate func scaled(by channels: Int) -> Self {
        switch self {
        case .int16(let program): .int16(program.scaled(by: channels))
        case .int32(let program): .int32(program.scaled(by: channels))
        case .float(let program): .float(program.scaled(by: channels))
        case .groups(let rows, let groups):
            .groups(virtualRows: rows, groups.map { $0.map { $0.scaled(by: channels) } })
        case .box(let columns, let step): .box(columns: columns, step: step * channels)
        }
    }

    /// How the sums are put together, for the plan.
    fileprivate var way: String {
        switch self {
        case .int16(let program): program.way
        case .int32(let program): program.way
        case .float(let program): program.way
        case .groups(_, let groups): ", \(groups.count) groups"
        case .box: ", running sums"
        }
    }
}

extension ConvolutionProgram {
    fileprivate func scaled(by channels: Int) -> Self {
        switch self {
        case .taps(let rows, let taps): .taps(virtualRows: rows, taps.map { $0.scaled(by: channels) })
        case .passes(let column, let row): .passes(column: column, row: row.map { $0.scaled(by: channels) })
        }
    }

    fileprivate var way: String {
        switch self {
        case .taps(let rows, _): rows.contains { $0.count > 1 } ? ", equal rows first" : ""
        case .passes: ", columns then rows"
        }
    }
}

extension Tap {
    fileprivate func scaled(by channels: Int) -> Self { Tap(row: row, offset: offset * channels, weight: weight) }
}
