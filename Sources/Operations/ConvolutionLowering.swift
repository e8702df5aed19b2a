import Dataflow
import KernelParameters
import Kernels
import Raster

/// Chooses the arithmetic of a convolution and adds its operators.
///
/// Of the exact ways, the one that takes least by `ConvolutionCosts`: bytes in quads, 16-bit integers where every result
/// fits them (sums on the way may wrap), sums of 16-bit groups in 32 bits, whole numbers in float32 while they stay below
/// 2²⁴, 32-bit integers; several convolutions as one kernel; else float32 with real weights.
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
        let result =
            if format.hasAlpha {
                lowerWithAlpha(field, window, into: &graph)
            } else if format.isExact, let exact = kernel.exact,
                let result = lowerExact(field, window, exact.weights, exact.divisor, into: &graph)
            {
                result
            } else {
                lowerReal(field, window, into: &graph)
            }
        func isHeld(_ bounds: ClosedRange<Double>) -> Bool {
            max(abs(bounds.lowerBound), abs(bounds.upperBound)) <= Self.largestResult
        }
        guard isHeld(graph.format(of: result).bounds) || !isHeld(format.bounds) else {
            throw OperationError(
                "out-of-range", "results may become larger than \(Self.largestResult), which no sample can hold",
                hint: "raise the divisor, here or in the steps before", key: "kernel")
        }
        return result
    }

    /// The largest number that is sure to fit a float, whatever is added up on the way.
    static let largestResult = 1e37

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
        var output = format
        output.size = window.output
        output.divisor = total
        output.bounds = sum.lowerBound + term...sum.upperBound + term
        let before = graph.note(about: field) as? LinearChain
        var chain = LinearChain(
            start: before?.start ?? field, samples: before?.samples ?? format.storedBounds,
            stages: (before?.stages ?? []) + [LinearChain.Stage(weights: weights, window: window, offset: term)])
        let responses = context.rewrites.contains(.wholeChains) ? chain.responses() : nil
        if let responses { output.bounds = chain.bounds(responses) }
        let largest = max(abs(output.bounds.lowerBound), abs(output.bounds.upperBound))
        let stage = ExactSums(
            weights: weights, window: window, samples: samples, term: term, output: output,
            largest: max(largest, largestPartialSum(weights, samples)))
        let last = chain.stages.count - 1
        if output.bounds.isWithin(Int16.self) { chain.stages[last].short = shortWeights(weights, term: term) }
        guard var best = ways(stage, chain: chain, input: format).min(by: { $0.cost < $1.cost }) else { return nil }
        best.cost += before?.cost ?? 0
        var source = field
        if let responses, context.rewrites.contains(.joinedKernels) {
            let start = graph.format(of: chain.start)
            let together = [joined(chain, responses, output, input: start), shorts(stage, chain: chain, input: start)]
            for way in together.compactMap(\.self) where way.cost <= best.cost {
                best = way
                source = chain.start
            }
        }
        chain.cost = best.cost
        let result = best.add(source, &graph)
        graph.note(chain, about: result)
        return result
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
        let output: FieldFormat
        /// No sum, finished or on the way, is larger.
        let largest: Double

        func output(_ type: SampleType) -> FieldFormat {
            var output = output
            output.type = type
            return output
        }

        /// The 16-bit type that holds every finished sum.
        var narrowType: SampleType? {
            let bounds = output.bounds
            if bounds.isWithin(Int16.self) { return .int16 }
            return bounds.isWithin(UInt16.self) ? .uint16 : nil
        }
    }

    /// One of the ways to compute a convolution exactly.
    private struct Way {
        var cost: Double
        let add: (FieldID, inout Graph) -> FieldID
    }

    private var costs: ConvolutionCosts { .at(context.loops.level) }

    /// All ways that hold every sum, in order of preference.
    private func ways(_ sums: ExactSums, chain: LinearChain, input: FieldFormat) -> [Way] {
        var ways: [Way] = []
        let isNarrow = input.type == .uint8 || input.type == .int16
        let fits32 = sums.largest < 2_147_483_648
        func add(
            _ convolution: RowConvolution, on type: SampleType, to result: SampleType, _ arithmetic: String
        ) {
            ways.append(
                Way(cost: costs.cost(of: convolution)) { field, graph in
                    let input =
                        type == .float32 && input.type == .uint8 && stride == 1
                        ? field : graph.converted(field, to: type)
                    return self.add(
                        input, sums.window, sums.output(result), sums.term, convolution, arithmetic, into: &graph)
                })
        }
        if let way = quads(sums, joined: nil, input: input) { ways.append(way) }
        if let way = box(sums, input: input) { ways.append(way) }
        if chain.stages.count == 1, let way = shorts(sums, chain: chain, input: input) { ways.append(way) }
        if context.rewrites.contains(.narrowIntegers) {
            if let type = sums.narrowType, isNarrow || input.type == .uint16 {
                add(
                    narrowConvolution(sums.weights), on: input.type == .uint8 ? .int16 : input.type, to: type,
                    "16-bit integers, exact")
            }
            if isNarrow, fits32, let groups = groupedProgram(sums.weights, sums.samples) {
                add(groups, on: .int16, to: .int32, "16-bit integers summed in 32 bits, exact")
            }
        }
        if sums.largest <= exactFloatLimit {
            add(
                .float(program(sums.weights, of: Float.self)), on: .float32, to: .float32,
                "whole numbers in float32, exact")
        }
        if fits32, input.type != .float32 {
            add(.int32(program(sums.weights, of: Int32.self)), on: .int32, to: .int32, "32-bit integers, exact")
        }
        return ways
    }

    /// Bytes in quads.
    private func quads(_ sums: ExactSums, joined: JoinedKernel?, input: FieldFormat) -> Way? {
        let kernels = joined?.kernels ?? [sums.weights]
        guard input.type == .uint8, stride == 1, context.rewrites.contains(.byteQuads),
            sums.largest < 2_147_483_648, kernels.allSatisfy({ fitQuads($0, columns: sums.window.columns) })
        else { return nil }
        let size = "\(sums.window.columns)×\(sums.window.rows)"
        let name = joined == nil ? "\(size) convolution" : "joined with what is before it: \(size) convolution"
        return Way(cost: costs.quads(rows: sums.window.rows, columns: sums.window.columns)) { field, graph in
            graph.add(
                QuadConvolveRows(
                    window: sums.window, input: input, sums: sums.output(sums.narrowType ?? .int32),
                    weights: sums.weights, joined: joined, term: Int32(sums.term),
                    arithmetic: "\(name) in 32-bit integers, exact, bytes in quads", loops: context.loops),
                [field])
        }
    }

    /// Sums over a rectangle that go on from row to row.
    private func box(_ sums: ExactSums, input: FieldFormat) -> Way? {
        guard input.type == .uint8, stride == 1, context.rewrites.contains(.runningSums),
            context.rewrites.contains(.narrowIntegers), sums.weights.allSatisfy({ $0 == 1 }),
            BoxSumRows.fits(rows: kernel.rows, columns: kernel.columns), let type = sums.narrowType
        else { return nil }
        return Way(cost: costs.box(columns: kernel.columns)) { field, graph in
            graph.add(
                BoxSumRows(
                    window: sums.window, input: input, sums: sums.output(type), offset: sums.term,
                    arithmetic:
                        "\(kernel.columns)×\(kernel.rows) convolution in 16-bit integers, exact, running sums",
                    loops: context.loops),
                [field])
        }
    }

    /// All stages of a chain of 3×3 kernels in 16 bits.
    private func shorts(_ sums: ExactSums, chain: LinearChain, input: FieldFormat) -> Way? {
        guard input.type == .uint8, stride == 1, input.channels < 16, border != .wrap,
            chain.stages.count <= ShortChainRows.mostStages, context.rewrites.contains(.narrowIntegers),
            chain.stages.dropLast().allSatisfy({ $0.short != nil }),
            let last = sums.narrowType == nil
                ? splitWeights(chain) : chain.stages.last!.short ?? shortWeights(sums.weights, term: sums.term)
        else { return nil }
        let stages = (chain.stages.dropLast().map { $0.short! } + [last]).enumerated().map {
            ShortChainRows.Stage(weights: $0.element, border: chain.stages[$0.offset].window.border)
        }
        let reach = 2 * stages.count + 1
        let window =
            stages.count == 1
            ? sums.window
            : WindowGeometry(rows: reach, columns: reach, border: stages[0].border, input: input.size)
        let name = stages.count == 1 ? "3×3 convolution" : "\(stages.count) convolutions of 3×3, row after row,"
        return Way(cost: costs.shorts(stages: stages.count)) { field, graph in
            graph.add(
                ShortChainRows(
                    stages: stages, input: input, sums: sums.output(sums.narrowType ?? .int32), window: window,
                    arithmetic: "\(name) in 16-bit integers, exact", loops: context.loops),
                [field])
        }
    }

    private func shortWeights(_ weights: [Int], term: Double) -> ShortWindowWeights? {
        guard kernel.rows == 3, kernel.columns == 3 else { return nil }
        return ShortWindowWeights(weights, term: Int(term))
    }

    /// The last stage's weights in two parts whose sums fit 16 bits each: one product of the sample in the middle, and
    /// the rest.
    private func splitWeights(_ chain: LinearChain) -> ShortWindowWeights? {
        guard let stage = chain.stages.last, kernel.rows == 3, kernel.columns == 3 else { return nil }
        func bounds(_ weights: [Int], _ term: Double) -> ClosedRange<Double>? {
            var part = chain
            part.stages[chain.stages.count - 1].weights = weights
            part.stages[chain.stages.count - 1].offset = term
            if part.stages.count == 1 {
                let bounds = interval(weights, chain.samples)
                return bounds.lowerBound + term...bounds.upperBound + term
            }
            return part.responses().map(part.bounds)
        }
        let middle = stage.weights[4]
        for share in [middle / 2, middle / 3, 2 * middle / 3, middle] where share != 0 {
            var rest = stage.weights
            rest[4] -= share
            let alone = stage.weights.indices.map { $0 == 4 ? share : 0 }
            if let a = bounds(rest, stage.offset), a.isWithin(Int16.self), let b = bounds(alone, 0),
                b.isWithin(Int16.self)
            {
                return ShortWindowWeights(stage.weights, last: share, term: Int(stage.offset))
            }
        }
        return nil
    }

    /// Whether the weights are bytes, and products of two neighbours in a column fit 16 bits together.
    private func fitQuads(_ weights: [Int], columns: Int) -> Bool {
        weights.indices.allSatisfy { index in
            let below = index + columns < weights.count ? weights[index + columns] : 0
            return (-128...127).contains(weights[index]) && abs(weights[index]) + abs(below) <= 128
        }
    }

    /// All stages of a chain as one kernel.
    private func joined(
        _ chain: LinearChain, _ responses: [[Double]], _ output: FieldFormat, input: FieldFormat
    ) -> Way? {
        let kernel = chain.joined(responses)
        let largest = kernel.kernels.map { largestPartialSum($0, chain.samples) }.max() ?? 0
        let sums = ExactSums(
            weights: kernel.middle,
            window: WindowGeometry(rows: kernel.rows, columns: kernel.columns, border: .replicate, input: input.size),
            samples: chain.samples, term: kernel.term, output: output, largest: largest + abs(kernel.term))
        return quads(sums, joined: kernel, input: input)
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
        .int16(program(weights) { Int16(truncatingIfNeeded: $0) })
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
        let (virtualRows, taps) = Sample.self == Float.self ? unfolded(weights) : folded(weights)
        return .taps(
            virtualRows: virtualRows,
            taps.map { Tap(row: $0.row, offset: $0.offset, weight: sample($0.weight)) })
    }

    private func unfolded(_ weights: [Int]) -> (virtualRows: [[Int]], taps: [Tap<Int>]) {
        (
            (0..<kernel.rows).map { [$0] },
            weights.indices.filter { weights[$0] != 0 }.map {
                Tap(row: $0 / kernel.columns, offset: $0 % kernel.columns, weight: weights[$0])
            }
        )
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
        return groups.isEmpty ? nil : .groups(virtualRows: virtualRows, groups)
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
        let input = floatInput(field, &graph)
        let format = graph.format(of: input)
        if let (column, row) = kernel.nearFactors,
            let result = try? lowerPasses(column: column, row: row, field, into: &graph)
        {
            return result
        }
        let weights = kernel.weights.map { Float($0 / kernel.divisor) }
        var output = format
        output.size = window.output
        output.type = .float32
        output.isExact = false
        output.bounds = realBounds(format.bounds)
        if stride == 1, border != .wrap, context.rewrites.contains(.spectra),
            ConvolutionCosts.spectra(rows: window.rows, columns: window.columns)
                < ConvolutionCosts.window(taps: weights.count { $0 != 0 })
        {
            return lowerSpectra(input, window, output, into: &graph)
        }
        let taps = weights.indices.filter { weights[$0] != 0 }.map {
            Tap(row: $0 / kernel.columns, offset: $0 % kernel.columns, weight: weights[$0])
        }
        return add(
            input, window, output, offset, .float(.taps(virtualRows: (0..<kernel.rows).map { [$0] }, taps)),
            "float32, \(errorBound(format.bounds))", into: &graph)
    }

    private func lowerSpectra(
        _ field: FieldID, _ window: WindowGeometry, _ output: FieldFormat, into graph: inout Graph
    ) -> FieldID {
        let input = graph.format(of: field)
        let plan = SpectralPlan(kernel.weights.map { $0 / kernel.divisor }, window, channels: input.channels)
        let spectra = graph.add(SpectrumRows(plan: plan, input: input, loops: context.loops), [field])
        let bound = magnitude(input.bounds) * plan.relativeError
        return graph.add(
            SpectralConvolveRows(
                plan: plan, output: output, offset: offset,
                summary: "\(window.columns)×\(window.rows) convolution by spectra of rows in float32, "
                    + "error below \(significant(bound)) of 255",
                loops: context.loops),
            [spectra])
    }

    /// Real samples, which bytes are as they come.
    private func floatInput(_ field: FieldID, _ graph: inout Graph) -> FieldID {
        let format = graph.format(of: field)
        return stride == 1 && format.type == .uint8 && format.divisor == 1 ? field : graph.real(field)
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
        let input = floatInput(field, &graph)
        var output = graph.format(of: input)
        let window = WindowGeometry(
            rows: column.count, columns: row.count, stride: stride, border: border, input: output.size)
        guard window.output.width > 0, window.output.height > 0 else {
            throw tooLarge(columns: row.count, rows: column.count, output.size)
        }
        output.size = window.output
        output.type = .float32
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
        let bound = Double(kernel.weights.count + 2) * magnitude(samples) / 16_777_216
        return "error below \(significant(bound)) of 255"
    }

    /// No sum of products is larger.
    private func magnitude(_ samples: ClosedRange<Double>) -> Double {
        let largest = max(abs(samples.lowerBound), abs(samples.upperBound))
        return kernel.weights.reduce(0) { $0 + abs($1 / kernel.divisor) } * largest
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
        let arithmetic = "\(window.columns)×\(window.rows) convolution in \(arithmetic)\(convolution.way)"
        if stride == 1, case .float(let program) = convolution {
            return graph.add(
                FloatConvolveRows(
                    window: window, input: input, sums: output, offset: term, program: program,
                    arithmetic: arithmetic, loops: context.loops),
                [field])
        }
        return graph.add(
            ConvolveRows(
                window: window, input: input, sums: output, convolution: convolution.scaled(by: input.channels),
                offset: term, arithmetic: arithmetic),
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
        }
    }

    /// How the sums are put together, for the plan.
    fileprivate var way: String {
        switch self {
        case .int16(let program): program.way
        case .int32(let program): program.way
        case .float(let program): program.way
        case .groups(_, let groups): ", \(groups.count) groups"
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

extension ClosedRange<Double> {
    fileprivate func isWithin<Sample: FixedWidthInteger>(_ type: Sample.Type) -> Bool {
        lowerBound >= Double(Sample.min) && upperBound <= Double(Sample.max)
    }
}
