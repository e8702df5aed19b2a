import Dataflow
import Raster
import Specification

/// Correlates every colour channel with a kernel:
/// `out[c, y, x] = Σ kernel[i, j] · in[c, y + i − ⌊n/2⌋, x + j − ⌊m/2⌋] / divisor + offset`.
///
/// - Shapes: `[C, H, W]` in and out; with `valid` `[C, H − n + 1, W − m + 1]`; with a stride every s-th row and column.
/// - Beyond the edge: as `border` says. Transparency: see `AlphaConvolveRows`.
/// - Precision: exact with whole weights and divisors while the values stay within 32 bits; else float32.
/// - Errors: a kernel larger than the picture with `valid`; divisor 0.
/// - Source: Gonzalez and Woods, *Digital Image Processing*, spatial correlation.
struct Convolve: ImageOperation {
    private static let divisor = Parameter<Double?>.optionalNumber(
        "divisor", "what the sum is divided by; 1 by default, 9 for blur")
    private static let offset = Parameter<Double>.number("offset", default: 0, "added after the division")
    private static let border = Parameter<BorderMode>.choice(
        "border", default: .replicate, "the value beyond the edge")
    private static let strideKey = Parameter<Int>.integer(
        "stride", in: 1...64, default: 1, unit: "pixels", "distance between two results")
    private static let channels = Parameter<[String]?>.optionalNames(
        "channels", as: .choice(ChannelSelection.Name.allCases.map(\.rawValue)), count: 1...4,
        "the channels that are convolved; every colour channel by default")
    private static let mask = Parameter<String?>.optionalString(
        "mask", as: .valueName, "a gray value: 255 applies the step, 0 leaves the pixel alone, between them a blend")
    private static let function = PointFunction.optional(
        "function", "a point function applied to the result: a name, or an object with function, gain, bias, …")

    static let step = StepDescription(
        name: "convolve",
        summary: "slide a kernel over the picture: edges, sharpen, blur, or any matrix",
        parameters: [
            KernelChoice.parameter.description, divisor.description, offset.description, border.description,
            strideKey.description, ColorSpace.key.description, channels.description, mask.description,
            function.description,
        ],
        notes: """
            Correlation: the kernel is not flipped,
            `out[y, x] = Σ kernel[i, j] · in[y + i − ⌊n/2⌋, x + j − ⌊m/2⌋] / divisor + offset`.

            Nothing is rounded or clipped between steps. A neighbour that is more transparent than the centre counts
            with the weight α/α₀ and gives the rest to the colour of the centre, so transparency never bleeds. When
            `channels` names alpha, all four planes are convolved premultiplied.

            | border | beyond the edge |
            |---|---|
            | `replicate` | the nearest sample inside |
            | `reflect` | mirrored at the outermost sample, which is not repeated |
            | `zero` | 0 |
            | `wrap` | the opposite side |
            | `valid` | nothing: the result is smaller by n − 1 |
            """,
        examples: [
            #"{ "op": "convolve", "kernel": "edges" }"#,
            #"{ "op": "convolve", "kernel": [[1, 1, 1], [1, 1, 1], [1, 1, 1]], "divisor": 9, "border": "reflect" }"#,
            #"{ "op": "convolve", "kernel": { "unsharp": { "sigma": 1, "amount": 0.6 } }, "space": "linear" }"#,
        ])

    static let valueKeys: [ValueKey] = ["mask"]

    let kernel: KernelChoice
    let divisor: Double
    let offset: Double
    let border: BorderMode
    let stride: Int
    let space: ColorSpace
    let selection: ChannelSelection?
    let hasMask: Bool
    let function: PointFunction?

    init(_ reader: inout ParameterReader) {
        kernel = reader.read(KernelChoice.parameter)
        let given = reader.read(Self.divisor)
        if case .named(let named) = kernel { divisor = given ?? named.divisor } else { divisor = given ?? 1 }
        offset = reader.read(Self.offset)
        border = reader.read(Self.border)
        stride = reader.read(Self.strideKey)
        space = reader.read(ColorSpace.key)
        selection = reader.read(Self.channels).map(ChannelSelection.init)
        hasMask = reader.read(Self.mask) != nil
        function = reader.read(Self.function)
        if given == 0 {
            reader.error(
                at: "divisor", rule: "out-of-range", message: "divisor is 0; any other number is allowed",
                hint: "leave it out for 1")
        }
        switch kernel {
        case .matrix(let matrix):
            if matrix.allSatisfy({ $0.allSatisfy { $0 == 0 } }) {
                reader.warning(
                    at: "kernel", rule: "zero-kernel",
                    message: "every weight is 0, so the result is \(numberText(offset))")
            }
            let sum = matrix.joined().reduce(0) { $0 + abs($1) }
            if given != 0, !(255 * sum / abs(divisor) + abs(offset) <= ConvolutionLowering.largestResult) {
                reader.error(
                    at: "kernel", rule: "out-of-range",
                    message:
                        "results would become larger than \(ConvolutionLowering.largestResult), which no sample can hold",
                    hint: "choose smaller weights or a larger divisor")
            }
        case .named: break
        case .gaussian, .box, .unsharp:
            if given != nil {
                reader.error(
                    at: "divisor", rule: "key-without-effect",
                    message: "the weights of this kernel add up to 1 already", hint: "leave divisor out")
            }
        }
        let resizes = border == .valid || stride > 1
        if resizes, selection != nil || hasMask {
            reader.error(
                at: selection != nil ? "channels" : "mask", rule: "size-mismatch",
                message: "the result is smaller than the picture (border valid or a stride), so it cannot be put back",
                hint: "choose another border and stride 1, or leave channels and mask out")
        }
        if resizes, case .unsharp = kernel {
            reader.error(
                at: border == .valid ? "border" : "stride", rule: "size-mismatch",
                message: "an unsharp mask has the size of the picture", hint: "choose another border and stride 1")
        }
        if function?.name == .normalize {
            reader.error(
                at: "function", rule: "wrong-value", message: "normalize looks at the whole picture",
                hint: "put an apply step with normalize after this one")
        }
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        var type = inputs[0]
        if let size = type.size {
            let window = WindowGeometry(
                rows: kernelSize.rows, columns: kernelSize.columns, stride: stride, border: border, input: size)
            type.size = window.output
        }
        if let layout = type.layout, let selection { try selection.require(in: layout) }
        if inputs.count > 1, let layout = inputs[1].layout, layout != .gray {
            throw OperationError(
                "channel-count", "the mask has the channels \(layout.rawValue); a mask is gray",
                hint: "put a gray or channel step before it")
        }
        return [type]
    }

    var kernelGrid: [[Double]]? {
        if let plainKernel { return plainKernel.matrix }
        let sigma: Double
        switch kernel {
        case .gaussian(let value), .unsharp(let value, _, _): sigma = value
        case .matrix, .named, .box: return nil
        }
        let side = KernelChoice.gaussianWeights(sigma)
        var grid = side.map { row in side.map { row * $0 } }
        if case .unsharp(_, let amount, _) = kernel {
            for row in grid.indices { for column in grid.indices { grid[row][column] *= -amount } }
            grid[side.count / 2][side.count / 2] += 1 + amount
        }
        return grid
    }

    private var kernelSize: (rows: Int, columns: Int) {
        if let plainKernel { return (plainKernel.rows, plainKernel.columns) }
        guard case .gaussian(let sigma) = kernel else { return (1, 1) }
        let side = KernelChoice.gaussianWeights(sigma).count
        return (side, side)
    }

    /// The weights as one matrix; nil for those that are two passes by their definition.
    private var plainKernel: ConvolutionKernel? {
        switch kernel {
        case .matrix(let matrix): ConvolutionKernel(matrix, divisor: divisor)
        case .named(let named): ConvolutionKernel(named.weights, divisor: divisor)
        case .box(let radius):
            ConvolutionKernel(
                [[Double]](
                    repeating: [Double](repeating: 1, count: 2 * radius + 1), count: 2 * radius + 1),
                divisor: Double((2 * radius + 1) * (2 * radius + 1)))
        case .gaussian, .unsharp: nil
        }
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let field = inputs[0]
        var result = field
        let premultiplies = selection?.includesAlpha ?? false
        if space == .linear { result = graph.linearized(result) }
        if premultiplies, graph.format(of: field).hasAlpha { result = graph.premultiplied(result) }
        result = try convolved(result, into: &graph, context)
        if premultiplies, graph.format(of: field).hasAlpha { result = graph.unpremultiplied(result) }
        if space == .linear { result = graph.encoded(result) }
        if let function { result = graph.apply(function, to: result, context) }
        if let selection, !selection.isEverything(in: graph.format(of: field)) {
            result = try graph.selected(selection, from: result, else: field)
        }
        if inputs.count > 1 { result = try graph.blended(field, result, mask: inputs[1]) }
        return [result]
    }

    private func convolved(
        _ field: FieldID, into graph: inout Graph, _ context: LoweringContext
    ) throws(OperationError) -> FieldID {
        if let plainKernel {
            return try ConvolutionLowering(
                kernel: plainKernel, offset: offset, border: border, stride: stride, context: context
            ).lower(field, into: &graph)
        }
        switch kernel {
        case .gaussian(let sigma):
            return try gaussian(sigma, offset: offset, stride: stride, field, into: &graph, context)
        case .unsharp(let sigma, let amount, let threshold):
            let blurred = try gaussian(sigma, offset: 0, stride: 1, field, into: &graph, context)
            return graph.unsharp(field, blurred, amount: amount, threshold: threshold, offset: offset)
        case .matrix, .named, .box: return field
        }
    }

    private func gaussian(
        _ sigma: Double, offset: Double, stride: Int, _ field: FieldID, into graph: inout Graph,
        _ context: LoweringContext
    ) throws(OperationError) -> FieldID {
        let weights = KernelChoice.gaussianWeights(sigma)
        if graph.format(of: field).hasAlpha {
            let matrix = weights.map { a in weights.map { a * $0 } }
            return try ConvolutionLowering(
                kernel: ConvolutionKernel(matrix), offset: offset, border: border, stride: stride, context: context
            ).lower(field, into: &graph)
        }
        return try ConvolutionLowering(
            kernel: ConvolutionKernel([weights]), offset: offset, border: border, stride: stride, context: context
        ).lowerPasses(column: weights, row: weights, field, into: &graph)
    }
}
