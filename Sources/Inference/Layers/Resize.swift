import ONNX

/// The input at another size: nearest element, or linear or cubic interpolation, one axis after the other.
///
/// - Inputs: data, region (only for `tf_crop_and_resize`), scales, sizes; in operator set 10 data and scales. The
///   output has ⌊size · scale⌋ elements along an axis, or the stated sizes.
/// - `mode`: `nearest` (default), `linear`, `cubic` with `cubic_coeff_a` (−0.75) and `exclude_outside`.
/// - `coordinate_transformation_mode`: `half_pixel` (default), `half_pixel_symmetric`, `pytorch_half_pixel`,
///   `align_corners`, `asymmetric`, `tf_half_pixel_for_nn`, `tf_crop_and_resize`.
/// - `nearest_mode`: `round_prefer_floor` (default), `round_prefer_ceil`, `floor`, `ceil`.
/// - `axes`: which axes scales and sizes are for, all by default. `keep_aspect_ratio_policy`: `stretch` (default),
///   `not_larger`, `not_smaller`.
/// - `antialias`: with `linear` and `cubic`, an axis that gets shorter is interpolated with a filter as much wider.
/// - Types: float32; any with `nearest`.
struct Resize: Layer {
    static var opsets: ClosedRange<Int> { 10...21 }
    static var inputCount: ClosedRange<Int> { 1...4 }
    private enum AspectPolicy: String, CaseIterable {
        case stretch, notLarger = "not_larger", notSmaller = "not_smaller"
    }

    private enum Rounding: String, CaseIterable {
        case preferFloor = "round_prefer_floor"
        case preferCeiling = "round_prefer_ceil"
        case floor, ceil

        var resampling: Resampling.Rounding {
            switch self {
            case .preferFloor: .preferFloor
            case .preferCeiling: .preferCeiling
            case .floor: .floor
            case .ceil: .ceil
            }
        }
    }

    private var resampling = Resampling()
    private let axes: [Int]?
    private let policy: AspectPolicy
    private let scalesInput: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        resampling.mode = try node.choice("mode", default: .nearest)
        if node.opset < 11 {
            resampling.coordinates = .asymmetric
            resampling.rounding = .floorUnlessSmaller
            scalesInput = 1
            axes = nil
            policy = .stretch
            return
        }
        scalesInput = 2
        resampling.coordinates = try node.choice("coordinate_transformation_mode", default: .halfPixel)
        resampling.rounding = try node.choice("nearest_mode", default: Rounding.preferFloor).resampling
        resampling.cubicCoefficient = try node.float("cubic_coeff_a", default: -0.75)
        resampling.excludesOutside = try node.flag("exclude_outside", default: false)
        resampling.extrapolation = try node.float("extrapolation_value", default: 0)
        axes = node.opset < 18 ? nil : try node.integers("axes")
        policy = node.opset < 18 ? .stretch : try node.choice("keep_aspect_ratio_policy", default: .stretch)
        resampling.isAntialiased = node.opset < 18 ? false : try node.flag("antialias", default: false)
    }

    private func resolved(_ inputs: LayerInputs) throws(LayerError) -> [Resampling.Axis] {
        let input = try inputs.type(0)
        if input.element != .float32, resampling.mode != .nearest {
            throw .type("input 0 is \(input.element); \(resampling.mode.rawValue) resizing is for float32")
        }
        if input.shape.contains(0) { throw .shape("an input of shape \(input.shape)") }
        let places = try normalized(axes: axes ?? Array(0..<input.rank), rank: input.rank)
        var result = input.shape.map { Resampling.Axis(input: $0, output: $0, scale: 1) }
        // An empty list of scales stands for none.
        let scales = inputs.has(scalesInput) && inputs.optional(scalesInput)?.count != 0
        if scales, scalesInput == 1 || !inputs.has(3) {
            _ = try inputs.type(scalesInput, .float32)
            let values = try inputs.constant(scalesInput).doubles
            try check(values.count, places.count, "scales")
            for (axis, scale) in zip(places, values) {
                result[axis] = try Resize.scaled(input.shape[axis], scale)
            }
        } else {
            guard scalesInput == 2, inputs.has(3) else { throw .inputs("neither scales nor sizes are given") }
            let sizes = try inputs.integers(3)
            try check(sizes.count, places.count, "sizes")
            if let size = sizes.first(where: { $0 < 1 || $0 > 1 << 30 }) { throw .shape("a size of \(size)") }
            let ratios = zip(places, sizes).map { Double($1) / Double(input.shape[$0]) }
            let common = policy == .notLarger ? ratios.min() : policy == .notSmaller ? ratios.max() : nil
            for (index, axis) in places.enumerated() {
                let size = common.map { Int(($0 * Double(input.shape[axis])).rounded()) } ?? sizes[index]
                let scale = common ?? ratios[index]
                result[axis] = Resampling.Axis(input: input.shape[axis], output: max(1, size), scale: scale)
            }
        }
        if resampling.coordinates == .cropAndResize {
            _ = try inputs.type(1, .float32)
            let region = try inputs.constant(1).doubles
            try check(region.count, 2 * places.count, "numbers of the region")
            for (index, axis) in places.enumerated() {
                let bounds = (region[index], region[places.count + index])
                guard bounds.0.isFinite, bounds.1.isFinite else {
                    throw .data("a region from \(bounds.0) to \(bounds.1)")
                }
                result[axis].region = bounds
            }
        }
        return result
    }

    private func check(_ found: Int, _ expected: Int, _ what: String) throws(LayerError) {
        guard found == expected else { throw .shape("\(found) \(what) for \(expected) axes") }
    }

    /// An axis resized by a scale.
    static func scaled(_ size: Int, _ scale: Double) throws(LayerError) -> Resampling.Axis {
        guard scale > 0, scale.isFinite, Double(size) * scale < 0x1p40 else { throw .shape("a scale of \(scale)") }
        let output = Int((Double(size) * scale).rounded(.down))
        guard output > 0 else { throw .shape("a scale of \(scale) leaves nothing of \(size)") }
        return Resampling.Axis(input: size, output: output, scale: scale)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try TensorType(try inputs.type(0).element, try resolved(inputs).map(\.output)))]
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        guard resampling.mode != .nearest, let input = inputs[0], let output = outputs[0] else { return 0 }
        return Resampling.scratchByteCount(input: input, output: output)
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let axes = try? resolved(inputs.inputs) else { return nil }
        return resampling.reach(reach, axes)
    }

    func run(_ run: LayerRun) throws(LayerError) { resampling.run(run, try resolved(LayerInputs(run))) }

    /// The same on blocked planes; nil where that is not possible.
    func blocked(_ inputs: LayerInputs) -> BlockedResampling? {
        (try? resolved(inputs)).flatMap { BlockedResampling(resampling, axes: $0) }
    }
}
