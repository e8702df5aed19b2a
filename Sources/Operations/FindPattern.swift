import Dataflow
import Raster
import Specification

/// Slides a pattern over one channel: `out[y, x] = Σ pattern[i, j] · in[y + i, x + j]`, and tells where the response is
/// large.
///
/// With `normalized`, `255 · Σ (k − k̄)(x − x̄) / √(Σ (k − k̄)² · Σ (x − x̄)²)`, which does not depend on brightness and
/// contrast: ±255 where the picture is the pattern, or its negative, 0 where it has no detail at all.
///
/// - Shapes: `[1, H − n + 1, W − m + 1]` out with the border `valid`, else `[1, H, W]`.
/// - The record: for each place its upper left corner, and its response (−1…1 with `normalized`).
/// - `distance`: pixels, by default half the longer side of the pattern.
/// - Precision: the sum as in `convolve`; normalised in double, from sums in float32 where whole numbers do not fit.
/// - Errors: a pattern larger than the picture with `valid`; a normalised pattern of one value.
/// - Source: Gonzalez and Woods, *Digital Image Processing*, matching by correlation.
struct FindPattern: ImageOperation {
    private static let pattern = Parameter<[[Double]]>.requiredMatrix(
        "pattern", maxRows: 127, maxColumns: 127, "the samples, or weights, that are looked for")
    private static let channel = Parameter<Channel.Name>.choice(
        "channel", default: .luma, "the channel that is searched")
    private static let normalized = Parameter<Bool>.boolean(
        "normalized", default: false, "compare shapes only, not brightness and contrast: the response is −1…1")
    private static let border = Parameter<BorderMode>.choice(
        "border", default: .valid, "the value beyond the edge")
    private static let threshold = Parameter<Double?>.optionalNumber(
        "threshold", "the least response of a place; 0.8 by default where it is normalized, else it has to be given")
    private static let distance = Parameter<Int?>.optionalInteger(
        "distance", in: 0...256, unit: "pixels",
        "of places this close only the best counts; half the longer side of the pattern by default")
    private static let maximumCount = Parameter<Int>.integer(
        "maximumCount", in: 1...100_000, default: 100, unit: "places", "how many go to the record at most")

    static let step = StepDescription(
        name: "find-pattern",
        summary: "find the places that look like a pattern",
        parameters: [
            pattern.description, channel.description, normalized.description, border.description,
            threshold.description, distance.description, maximumCount.description,
        ],
        notes: """
            The pattern slides over the picture as a kernel does. The result is the response map:
            `Σ pattern[i, j] · in[y + i, x + j]`, or with `normalized` 255 times the correlation coefficient of the
            pattern and what lies under it.

            A place counts where the response is at least `threshold` and no larger one lies within `distance` pixels,
            in columns and in rows. For each place the record has the upper left corner and the response, the best
            first.
            """,
        examples: [
            #"{ "op": "find-pattern", "pattern": [[0, 30, 0], [0, 30, 0], [0, 30, 0]], "threshold": 4000 }"#,
            #"{ "op": "find-pattern", "pattern": [[0, 1], [1, 0]], "normalized": true, "maximumCount": 10 }"#,
        ])

    static let findsSomething = true

    var kernelGrid: [[Double]]? { pattern.matrix }

    let pattern: ConvolutionKernel
    let channel: Channel.Name
    let isNormalized: Bool
    let border: BorderMode
    /// On the scale of the response.
    let threshold: Double
    let distance: Int
    let maximumCount: Int

    init(_ reader: inout ParameterReader) {
        pattern = ConvolutionKernel(reader.read(Self.pattern))
        channel = reader.read(Self.channel)
        isNormalized = reader.read(Self.normalized)
        border = reader.read(Self.border)
        let threshold = reader.read(Self.threshold)
        self.threshold = threshold ?? 0.8
        distance = reader.read(Self.distance) ?? (max(pattern.rows, pattern.columns) + 1) / 2
        maximumCount = reader.read(Self.maximumCount)
        if isNormalized {
            if let threshold, abs(threshold) > 1 {
                reader.error(
                    at: "threshold", rule: "out-of-range",
                    message: "threshold is \(numberText(threshold)); a normalized response is −1…1",
                    hint: "try 0.8")
            }
            if pattern.weights.allSatisfy({ $0 == pattern.weights[0] }), reader.has("pattern") {
                reader.error(
                    at: "pattern", rule: "flat-pattern",
                    message: "all values of the pattern are \(numberText(pattern.weights[0])), so it has no shape",
                    hint: "set normalized to false, or give a pattern with different values")
            }
        } else if threshold == nil, !reader.hasUnknownKey {
            reader.error(
                at: "op", rule: "missing-key", message: "find-pattern needs the least response of a place",
                hint: #"add "threshold", or "normalized": true"#)
        }
    }

    private func window(_ size: ImageSize) -> WindowGeometry {
        WindowGeometry(rows: pattern.rows, columns: pattern.columns, border: border, input: size)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(layout: .gray, size: inputs[0].size.map { window($0).output })]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let plane = graph.channel(channel, of: inputs[0], context)
        let window = window(graph.format(of: plane).size)
        let map =
            try isNormalized ? normalized(plane, window, into: &graph, context) : sum(plane, pattern, &graph, context)
        let search = PlaceSearch(
            size: window.output, pattern: ImageSize(width: pattern.columns, height: pattern.rows),
            origin: (window.firstColumn, window.firstRow(0)),
            threshold: leastFloat(notBelow: isNormalized ? 255 * threshold : threshold),
            unit: isNormalized ? 255 : 1, distance: distance, maximumCount: maximumCount, key: context.stepKey)
        graph.add(search, [graph.real(map)])
        return [map]
    }

    private func leastFloat(notBelow value: Double) -> Float {
        let nearest = Float(value)
        return Double(nearest) < value ? nearest.nextUp : nearest
    }

    private func sum(
        _ plane: FieldID, _ kernel: ConvolutionKernel, _ graph: inout Graph, _ context: LoweringContext
    ) throws(OperationError) -> FieldID {
        try ConvolutionLowering(kernel: kernel, border: border, context: context).lower(plane, into: &graph)
    }

    private func normalized(
        _ plane: FieldID, _ window: WindowGeometry, into graph: inout Graph, _ context: LoweringContext
    ) throws(OperationError) -> FieldID {
        // n·k − Σk has the sum 0, and is whole where k is.
        let count = Double(pattern.weights.count)
        let total = pattern.weights.reduce(0, +)
        let weights = (0..<pattern.rows).map { row in
            (0..<pattern.columns).map { count * pattern[row, $0] - total }
        }
        // Stored samples, which are whole more often than real ones: where a window is almost flat, roundings show.
        let samples = graph.converted(plane, to: .float32)
        let products = graph.converted(
            try sum(plane, ConvolutionKernel(weights), &graph, context), to: .float32)
        var output = graph.format(of: products)
        let units = Double(output.divisor) / Double(graph.format(of: samples).divisor)
        output.divisor = 1
        output.bounds = -255...255
        output.isExact = false
        let norm = weights.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }.squareRoot() * units
        return graph.add(
            NormalizedResponseRows(window: window, output: output, norm: norm), [samples, products])
    }
}
