import Dataflow
import Kernels
import Raster
import Specification

/// Makes one value of several, sample by sample.
///
/// `add`: `Σ xᵢ`; `subtract`: `x₁ − x₂ − …`; `multiply`: `x₁ · x₂ / 255 · …`; `maximum`, `minimum`; `magnitude`:
/// `√Σ xᵢ²`; `blend`: `x₁ + (x₂ − x₁) · w` with `w = weight`, or `mask / 255` at each pixel.
///
/// - Shapes: `[C, H, W]`; all values have one size. A gray value beside a colour one counts for each of its channels.
///   Alpha is that of the first value; where the first has none, the result has none.
/// - `weight`: 0…1, by default 0.5.
/// - `space`: with `linear` all values but the mask are light, and so is the sum, product, … of them.
/// - Precision: sums, differences, products and extremes of whole numbers are exact while they stay below 2²⁴; the
///   rest in float32. Nothing is clipped.
/// - Errors: values of different sizes, a mask that is not gray.
struct Combine: ImageOperation {
    enum Function: String, Sendable, CaseIterable {
        case add, subtract, multiply, maximum, minimum, magnitude, blend
    }

    private static let function = Parameter<Function>.requiredChoice(
        "function", "how the samples at one place become one")
    private static let weight = Parameter<Double?>.optionalNumber(
        "weight", in: 0...1, "blend: the share of the second value; 0.5 by default")
    private static let mask = Parameter<String?>.optionalString(
        "mask", as: .valueName, "blend: a gray value, 0 for the first value, 255 for the second")

    static let step = StepDescription(
        name: "combine",
        summary: "make one value of several: sum, difference, product, extreme, magnitude, blend",
        parameters: [function.description, weight.description, mask.description, ColorSpace.key.description],
        inputs: 2...8,
        notes: """
            | function | result |
            |---|---|
            | `add` | x₁ + x₂ + … |
            | `subtract` | x₁ − x₂ − … |
            | `multiply` | x₁ · x₂ / 255 · …, so that white leaves the other value as it is |
            | `maximum`, `minimum` | the largest, the smallest |
            | `magnitude` | √(x₁² + x₂² + …) |
            | `blend` | x₁ + (x₂ − x₁) · w, with w = `weight`, or `mask` / 255 at each pixel |

            All values have one size. A gray value beside a colour one counts for each of its channels. Alpha is that
            of the first value. Nothing is clipped: add an `apply` step with `scale` or `clamp` where that is wanted.
            """,
        examples: [
            #"{ "op": "combine", "from": ["gx", "gy"], "function": "magnitude" }"#,
            #"{ "op": "combine", "from": ["picture", "blurred"], "function": "blend", "mask": "background" }"#,
        ])

    static let valueKeys: [ValueKey] = ["mask"]

    let function: Function
    let weight: Double
    let hasMask: Bool
    let space: ColorSpace

    init(_ reader: inout ParameterReader) {
        function = reader.read(Self.function)
        let weight = reader.read(Self.weight)
        hasMask = reader.read(Self.mask) != nil
        space = reader.read(ColorSpace.key)
        self.weight = weight ?? 0.5
        if function != .blend {
            for key in ["weight", "mask"] where reader.has(key) {
                reader.error(
                    at: key, rule: "key-without-effect", message: "\(key) has no effect on \(function.rawValue)",
                    hint: "it belongs to blend")
            }
        } else {
            if weight != nil, hasMask {
                reader.error(
                    at: "weight", rule: "key-without-effect", message: "weight has no effect beside a mask",
                    hint: "leave one of them out")
            }
            let count = reader.names("from").count
            if count > 2 {
                reader.error(
                    at: "from", rule: "wrong-count", message: "blend takes 2 values; from names \(count)",
                    hint: "blend two of them first")
            }
        }
    }

    /// The values themselves, without the mask that may come after them.
    private func values<Value>(_ inputs: [Value]) -> ArraySlice<Value> {
        hasMask ? inputs.dropLast() : inputs[...]
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        if hasMask, let layout = inputs.last?.layout, layout != .gray {
            throw OperationError(
                "channel-count", "the mask has the channels \(layout.rawValue); a mask is gray",
                hint: "put a gray or channel step before it")
        }
        let sizes = inputs.compactMap(\.size)
        try requireOneSize(sizes, "combine")
        var type = ValueType(size: sizes.first)
        let values = values(inputs)
        if let first = inputs[0].layout {
            if first.colorCount == 3 {
                type.layout = first
            } else if values.allSatisfy({ $0.layout != nil }) {
                let isColor = values.contains { $0.layout?.colorCount == 3 }
                type.layout = isColor ? (first.hasAlpha ? .rgba : .rgb) : first
            }
        }
        return [type]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        try requireOneSize(inputs.map { graph.format(of: $0).size }, "combine")
        var fields = graph.arrangedAlike(Array(values(inputs)))
        if space == .linear { fields = fields.map { graph.linearized($0) } }
        let result =
            switch function {
            case .add: graph.sum(fields, sign: 1, context)
            case .subtract: graph.sum(fields, sign: -1, context)
            case .multiply: graph.product(fields)
            case .maximum: graph.extreme(fields, .maximum)
            case .minimum: graph.extreme(fields, .minimum)
            case .magnitude: graph.magnitude(fields)
            case .blend where hasMask: try graph.blended(fields[0], fields[1], mask: inputs[inputs.count - 1])
            case .blend: graph.blended(fields[0], fields[1], weight: weight)
            }
        return [space == .linear ? graph.encoded(result) : result]
    }
}

extension Graph {
    /// The fields with the channels of the first, or of the one with the most colours; alpha, where the first has it,
    /// has a place in all of them, but counts only in the first.
    fileprivate mutating func arrangedAlike(_ fields: [FieldID]) -> [FieldID] {
        let formats = fields.map { format(of: $0) }
        let colors = formats.map(\.colorCount).max()!
        let hasAlpha = formats[0].hasAlpha
        return zip(fields, formats).map { field, format in
            if format.colorCount == colors, format.hasAlpha == hasAlpha { return field }
            var output = format
            output.channels = colors + (hasAlpha ? 1 : 0)
            output.hasAlpha = hasAlpha
            let origins = (0..<output.channels).map { channel in
                InterleaveRows.Origin(
                    input: 0,
                    channel: channel < colors ? min(channel, format.colorCount - 1) : format.channels - 1,
                    channels: format.channels)
            }
            return add(InterleaveRows(origins: origins, output: output), [field])
        }
    }

    /// The fields in a type that holds `bounds` (of stored samples, partial results included) without a loss; nil where
    /// only real numbers do.
    private mutating func widened(_ fields: [FieldID], to bounds: ClosedRange<Double>, _ context: LoweringContext)
        -> [FieldID]?
    {
        let formats = fields.map { format(of: $0) }
        if formats[0].type == .float32 { return fields }
        guard formats.allSatisfy(\.isExact) else { return nil }
        let isNarrow = formats[0].type == .uint8 || formats[0].type == .int16
        if isNarrow, bounds.lowerBound >= -32768, bounds.upperBound <= 32767,
            context.rewrites.contains(.narrowIntegers)
        {
            return fields.map { converted($0, to: .int16) }
        }
        guard max(abs(bounds.lowerBound), abs(bounds.upperBound)) <= exactFloatLimit else { return nil }
        return fields.map { converted($0, to: .float32) }
    }

    /// The first field plus (`sign` 1) or minus (-1) all others.
    fileprivate mutating func sum(_ fields: [FieldID], sign: Double, _ context: LoweringContext) -> FieldID {
        var fields = aligned(fields)
        var bounds = Self.sum(fields.map { format(of: $0).bounds }, sign: sign)
        // No partial sum lies beyond the sum of magnitudes.
        let stored = fields.map { format(of: $0).storedBounds }
        let largest = stored.reduce(0) { $0 + max(abs($1.lowerBound), abs($1.upperBound)) }
        if let wide = widened(fields, to: -largest...largest, context) {
            fields = wide
        } else {
            fields = fields.map { real($0) }
            bounds = Self.sum(fields.map { format(of: $0).bounds }, sign: sign)
        }
        var output = format(of: fields[0])
        output.bounds = bounds
        output.isExact = fields.allSatisfy { format(of: $0).isExact } && largest <= exactFloatLimit
        return add(
            CombineRows(
                rule: .fold(sign > 0 ? .add : .subtract), output: output, alphaFactor: 1,
                summary: "\(sign > 0 ? "sum" : "difference") of \(fields.count), \(arithmetic(output))"), fields)
    }

    private static func sum(_ bounds: [ClosedRange<Double>], sign: Double) -> ClosedRange<Double> {
        bounds.dropFirst().reduce(bounds[0]) { sum, next in
            sign > 0
                ? sum.lowerBound + next.lowerBound...sum.upperBound + next.upperBound
                : sum.lowerBound - next.upperBound...sum.upperBound - next.lowerBound
        }
    }

    fileprivate mutating func extreme(_ fields: [FieldID], _ combination: RowCombination) -> FieldID {
        let fields = aligned(fields)
        let formats = fields.map { format(of: $0) }
        let lows = formats.map(\.bounds.lowerBound)
        let highs = formats.map(\.bounds.upperBound)
        var output = formats[0]
        output.isExact = formats.allSatisfy(\.isExact)
        output.bounds =
            combination == .maximum ? lows.max()!...highs.max()! : lows.min()!...highs.min()!
        let name = combination == .maximum ? "maximum" : "minimum"
        return add(
            CombineRows(
                rule: .fold(combination), output: output, alphaFactor: 1,
                summary: "\(name) of \(fields.count), \(arithmetic(output))"), fields)
    }

    /// `x₁ · x₂ / 255 · …`: whole products over `255ⁿ⁻¹` times all divisors where they stay exact.
    fileprivate mutating func product(_ fields: [FieldID]) -> FieldID {
        let formats = fields.map { format(of: $0) }
        let first = formats[0]
        let bounds = formats.dropFirst().reduce(first.bounds) { Self.product($0, $1.bounds) }
        let divisor = formats.dropFirst().reduce(Double(first.divisor)) { $0 * Double($1.divisor) * 255 }
        // Partial products lie below the product of those factors that are larger than 1.
        let largest = formats.reduce(1) {
            $0 * max(1, abs($1.storedBounds.lowerBound), abs($1.storedBounds.upperBound))
        }
        let isExact = formats.allSatisfy(\.isExact)
        if isExact, largest <= exactFloatLimit, 255 * divisor <= exactFloatLimit {
            let factors = fields.map { converted($0, to: .float32) }
            var output = first
            output.type = .float32
            output.divisor = Int(divisor)
            output.bounds = bounds
            return add(
                CombineRows(
                    rule: .multiply(divisor: 1), output: output, alphaFactor: Float(Int(divisor) / first.divisor),
                    summary: "product of \(fields.count), whole numbers in float32, exact"), factors)
        }
        let factors = fields.map { real($0) }
        var output = format(of: factors[0])
        output.bounds = formats.dropFirst().reduce(first.values) {
            let product = Self.product($0, $1.values)
            return product.lowerBound / 255...product.upperBound / 255
        }
        output.isExact = false
        return add(
            CombineRows(
                rule: .multiply(divisor: 255), output: output, alphaFactor: 1,
                summary: "product of \(fields.count), float32"), factors)
    }

    private static func product(_ a: ClosedRange<Double>, _ b: ClosedRange<Double>) -> ClosedRange<Double> {
        let products = [
            a.lowerBound * b.lowerBound, a.lowerBound * b.upperBound, a.upperBound * b.lowerBound,
            a.upperBound * b.upperBound,
        ]
        return products.min()!...products.max()!
    }

    fileprivate mutating func magnitude(_ fields: [FieldID]) -> FieldID {
        // Squares of whole numbers are exact, so the division by their divisor waits.
        var sides = aligned(fields)
        if sides.contains(where: { format(of: $0).type == .int32 }) { sides = sides.map { real($0) } }
        sides = sides.map { converted($0, to: .float32) }
        var output = format(of: sides[0])
        let squares = sides.map { side in
            let bounds = format(of: side).bounds
            let ends = (bounds.lowerBound * bounds.lowerBound, bounds.upperBound * bounds.upperBound)
            return (bounds.contains(0) ? 0 : min(ends.0, ends.1), max(ends.0, ends.1))
        }
        output.bounds =
            squares.reduce(0) { $0 + $1.0 }.squareRoot()...squares.reduce(0) { $0 + $1.1 }.squareRoot()
        output.isExact = false
        return add(
            CombineRows(rule: .magnitude, output: output, alphaFactor: 1, summary: "magnitude, float32"), sides)
    }

    fileprivate mutating func blended(_ first: FieldID, _ second: FieldID, weight: Double) -> FieldID {
        let inputs = [real(first), real(second)]
        return add(BlendRows(output: hull(inputs[0], inputs[1]), weight: Float(weight)), inputs)
    }

    private func arithmetic(_ format: FieldFormat) -> String {
        switch (format.type, format.isExact) {
        case (.float32, true): "whole numbers in float32, exact"
        case (.float32, false): "float32"
        default: "\(format.type.rawValue), exact"
        }
    }
}
