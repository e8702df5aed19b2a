import NetworkKernels
import ONNX

/// Turns layers into the computations of a plan: joins neighbours, packs weights, chooses how each convolution is
/// computed, and lets planes lie in blocks of sixteen channels wherever that is worth it.
///
/// Every choice depends on shapes alone, so the same network gives the same bits on every machine and every run.
struct Lowering {
    private(set) var nodes: [PlanNode] = []
    private(set) var facts: [ValueFacts?]
    private let fused: [FusedNode]
    private let graphOutputs: Set<ValueID>
    private let cache: PackedWeights
    private let forced: ConvolutionAlgorithm?
    /// Constants that are the same in all plans of the network.
    private let isNetworkConstant: (ValueID) -> Bool
    /// The blocked form of a value, where it has been made.
    private var blockedForm: [ValueID: ValueID] = [:]
    /// Values that are neighbouring channels of a blocked one, cut out where somebody needs them as blocks.
    private var parts: [ValueID: Part] = [:]
    /// Values that exist row-major.
    private var isPlain: Set<ValueID> = []
    /// How many nodes read a value.
    private var useCounts: [ValueID: Int] = [:]
    /// Depthwise convolutions that are left to the convolution of their output, by that output.
    private var waiting: [ValueID: ConvolutionUnit] = [:]

    init(
        _ known: FactPropagation.Result, graph: NetworkGraph, cache: PackedWeights,
        convolutions: ConvolutionAlgorithm?
    ) {
        var siblings = SiblingJoining(known.withoutCopies(graph), graph: graph)
        siblings.run()
        forced = convolutions
        facts = siblings.known.facts
        graphOutputs = Set(graph.outputs)
        self.cache = cache
        isNetworkConstant = graph.isConstant
        var fusion = Fusion(siblings, graph: graph)
        fused = fusion.run()
        isPlain = Set(graph.inputs)
        for id in facts.indices where facts[id]?.constant != nil { isPlain.insert(id) }
        for id in fused.flatMap(\.sources) { useCounts[id, default: 0] += 1 }
    }

    mutating func run() {
        for node in fused {
            switch node {
            case .layer(let node, let isLate): layer(node, isLate: isLate)
            case .convolution(let unit): convolution(unit)
            case .channels(let unit): channels(unit)
            case .matrix(let unit): matrix(unit)
            case .function(let label, let function, let source, let output):
                elementwise(label, "\(function)", FunctionComputation(function: function), source, output)
            }
        }
        for id in graphOutputs where isBlocked(id) { _ = plain(id) }
    }

    // MARK: Values

    private func type(_ id: ValueID) -> TensorType { facts[id]!.type }

    /// The shape of a blocked value: batch, blocks, height, width, 16.
    static func blockedType(_ type: TensorType) -> TensorType {
        let s = type.shape
        guard
            let blocked = try? TensorType(
                .float32, [s[0], BlockedLayout.blocks(s[1]), s[2], s[3], BlockedLayout.width])
        else {
            preconditionFailure("a block more at most than a shape that was checked")
        }
        return blocked
    }

    private mutating func newValue(_ type: TensorType) -> ValueID {
        facts.append(ValueFacts(type))
        return facts.count - 1
    }

    private func canBlock(_ id: ValueID?) -> Bool {
        guard let id, let type = facts[id]?.type else { return false }
        return type.element == .float32 && type.rank == 4 && type.count > 0
    }

    /// Some neighbouring channels of a blocked value.
    private struct Part {
        var form: ValueID
        var first: Int
        /// Of the node that takes the part.
        var label: String
        var operatorName: String
    }

    private func isBlocked(_ id: ValueID?) -> Bool { id.map { blockedForm[$0] != nil || parts[$0] != nil } ?? false }

    /// Where the channels of a value lie that exists as blocks, or as a part of some.
    private func channels(of id: ValueID) -> (form: ValueID, first: Int)? {
        if let form = blockedForm[id] { return (form, 0) }
        return parts[id].map { ($0.form, $0.first) }
    }

    /// The row-major form of a value.
    private mutating func plain(_ id: ValueID) -> ValueID {
        if isPlain.contains(id) { return id }
        guard let (form, first) = channels(of: id) else { return id }
        emit("to rows", UnblockComputation(first: first), [form], id)
        return id
    }

    /// The blocked form of a value.
    private mutating func blocked(_ id: ValueID) -> ValueID {
        if let form = blockedForm[id] { return form }
        if let part = parts[id] {
            let computation = BlockedPartComputation(first: part.first, count: type(id).shape[1])
            emitBlocked(part.operatorName, computation, [part.form], id, label: part.label)
        } else {
            emitBlocked("to blocks", BlockComputation(), [id], id, label: "layout")
        }
        return blockedForm[id]!
    }

    /// A step whose output is row-major.
    private mutating func emit(
        _ name: String, _ computation: any Computation, _ inputs: [ValueID?], _ output: ValueID,
        label: String = "layout", algorithm: String = ""
    ) {
        nodes.append(
            PlanNode(
                label: label, operatorName: name, computation: computation, inputs: inputs, outputs: [output],
                algorithm: algorithm))
        isPlain.insert(output)
    }

    /// A step whose output is blocked.
    private mutating func emitBlocked(
        _ name: String, _ computation: any Computation, _ inputs: [ValueID?], _ output: ValueID, label: String,
        algorithm: String = ""
    ) {
        let form = newValue(Lowering.blockedType(type(output)))
        nodes.append(
            PlanNode(
                label: label, operatorName: name, computation: computation, inputs: inputs, outputs: [form],
                algorithm: algorithm))
        blockedForm[output] = form
    }

    // MARK: Convolutions

    private mutating func convolution(_ unit: ConvolutionUnit) {
        let shape = shape(unit), parameters = ConvolutionParameters(unit)
        if let first = waiting.removeValue(forKey: unit.source) { return separable(first, unit, shape, parameters) }
        if isFollowedByPixels(unit, shape) {
            waiting[unit.output] = unit
            return
        }
        switch shape.algorithm {
        case .few where unit.residual == nil && unit.slopes == nil:
            let computation = FewOutputsComputation(unit, shape, cache)
            emit(
                "Conv", computation, [plain(unit.source)], unit.output, label: unit.label,
                algorithm: "direct to few planes")
        case .depthwise:
            let computation = DepthwiseComputation(unit, shape, parameters, cache)
            emitConvolution(unit, computation, source: blocked(unit.source), "depthwise")
        case .winograd:
            let computation = WinogradComputation(unit, shape, parameters, cache)
            emitConvolution(unit, computation, source: blocked(unit.source), "winograd 4x4")
        case .direct, .few:
            let computation = DirectComputation(unit, shape, parameters, cache, readsPlanes: false)
            emitConvolution(unit, computation, source: blocked(unit.source), "direct")
        case .planes:
            let computation = DirectComputation(unit, shape, parameters, cache, readsPlanes: true)
            emitConvolution(unit, computation, source: plain(unit.source), "direct from planes")
        case .grouped:
            let computation = GroupedComputation(unit, shape, parameters, cache)
            emitConvolution(unit, computation, source: blocked(unit.source), "grouped")
        }
    }

    private func shape(_ unit: ConvolutionUnit) -> ConvolutionShape {
        let input = type(unit.source), output = type(unit.output)
        guard let axes = try? unit.layer.geometry(input: input, weights: unit.weights.type, bias: nil).axes else {
            preconditionFailure("the shapes were checked")
        }
        return ConvolutionShape(
            y: axes[1], x: axes[2], channels: input.shape[1], outputs: output.shape[1], group: unit.layer.group,
            batch: input.shape[0], isReordered: unit.inputOrder != nil, forced: forced)
    }

    /// Whether a unit is depthwise and nobody reads it but a convolution of single pixels.
    private func isFollowedByPixels(_ unit: ConvolutionUnit, _ shape: ConvolutionShape) -> Bool {
        guard shape.algorithm == .depthwise, unit.residual == nil, SeparableComputation.rowsPerStrip(shape) != nil,
            useCounts[unit.output] == 1, !graphOutputs.contains(unit.output)
        else { return false }
        for case .convolution(let next) in fused where next.source == unit.output {
            let shape = self.shape(next)
            return shape.algorithm == .direct && shape.group == 1
                && [shape.y, shape.x].allSatisfy {
                    $0.kernel == 1 && $0.stride == 1 && $0.padBegin == 0 && $0.input == $0.output
                }
        }
        return false
    }

    private mutating func separable(
        _ first: ConvolutionUnit, _ second: ConvolutionUnit, _ shape: ConvolutionShape,
        _ parameters: ConvolutionParameters
    ) {
        let depthwiseShape = self.shape(first)
        guard let rows = SeparableComputation.rowsPerStrip(depthwiseShape) else {
            preconditionFailure("it would not have been left to its reader")
        }
        let depthwise = DepthwiseComputation(first, depthwiseShape, ConvolutionParameters(first), cache)
        let pointwise = DirectComputation(
            second, shape, parameters, cache, readsPlanes: false,
            inputPlane: rows * shape.x.output * BlockedLayout.width)
        emitConvolution(
            second, SeparableComputation(depthwise, pointwise, depthwiseShape, rowsPerStrip: rows),
            source: blocked(first.source), "depthwise, direct")
    }

    private mutating func emitConvolution(
        _ unit: ConvolutionUnit, _ computation: any Computation, source: ValueID, _ algorithm: String
    ) {
        let residual = unit.residual.map { blocked($0) }
        emitBlocked(
            "Conv", computation, [source, residual], unit.output, label: unit.label, algorithm: algorithm)
    }

    // MARK: Other layers

    private mutating func channels(_ unit: ChannelUnit) {
        if canBlock(unit.source), isBlocked(unit.source) {
            emitBlocked(
                "BatchNormalization", BlockedAffineComputation(unit), [blocked(unit.source)], unit.output,
                label: unit.label)
        } else {
            emit(
                "BatchNormalization", AffineComputation(unit), [plain(unit.source)], unit.output, label: unit.label)
        }
    }

    private mutating func elementwise(
        _ label: String, _ name: String, _ computation: any Computation, _ source: ValueID, _ output: ValueID
    ) {
        if canBlock(source), isBlocked(source) {
            emitBlocked(name, computation, [blocked(source)], output, label: label)
        } else {
            emit(name, computation, [plain(source)], output, label: label)
        }
    }

    private mutating func layer(_ node: GraphNode, isLate: Bool) {
        if !isLate, blockedLayer(node) || extremeChannel(node) || blockedParts(node) { return }
        let inputs = node.inputs.map { $0.map { plain($0) } }
        var planned = PlanNode(
            label: node.label, operatorName: node.operatorName, computation: node.layer, inputs: inputs,
            outputs: node.outputs)
        if isLate {
            planned.late = node
        } else if let product = packedProduct(node) {
            planned.computation = product
            planned.inputs = [inputs[0]]
        } else if let layer = node.layer as? any PartLayer, let output = node.outputs[0],
            let part = PartComputation(layer, LayerInputs(node, facts), output: type(output))
        {
            planned.computation = part
            planned.inputs = [inputs[0]]
        }
        nodes.append(planned)
        for case let id? in node.outputs { isPlain.insert(id) }
    }

    /// A product with constant weights, packed now instead of in every run.
    private func packedProduct(_ node: GraphNode) -> (any Computation)? {
        guard let gemm = node.layer as? Gemm, !gemm.transposesA, let first = node.inputs[0],
            let second = node.inputs[1], let right = facts[second]?.constant, facts[first]?.constant == nil,
            right.shape.count == 2, let output = node.outputs[0], right.count > 0
        else { return nil }
        var bias: [Float]?
        if node.inputs.count > 2, let id = node.inputs[2] {
            let columns = type(output).shape[1]
            guard let constant = facts[id]?.constant, constant.count == 1 || constant.shape.last == columns,
                constant.count == 1 || constant.count == columns
            else { return nil }
            let values = constant.array(of: Float.self).map { $0 * gemm.beta }
            bias = values.count == 1 ? [Float](repeating: values[0], count: columns) : values
        }
        if gemm.transposesB, type(output).shape[0] <= RowProduct.mostRows {
            return RowProduct(right, scale: gemm.alpha, bias: bias)
        }
        return PackedProduct(
            right, isTransposed: gemm.transposesB, scale: gemm.alpha, bias: bias,
            key: isNetworkConstant(second) ? "\(output) product" : nil, cache)
    }

    private mutating func matrix(_ unit: MatrixUnit) {
        guard let right = facts[unit.right]?.constant, let product = unit.node.outputs[0] else {
            preconditionFailure("the unit was made of a constant")
        }
        let name = unit.scale == nil ? "\(product) product" : "\(product) product*"
        let computation = PackedProduct(
            right, isTransposed: false, scale: 1, columnScale: unit.scale, bias: unit.bias, function: unit.function,
            key: isNetworkConstant(unit.right) ? name : nil, cache)
        emit(unit.node.operatorName, computation, [plain(unit.source)], unit.output, label: unit.node.label)
    }

    /// The blocked computation of a layer whose input already lies in blocks; false where there is none.
    private mutating func blockedLayer(_ node: GraphNode) -> Bool {
        guard node.outputs.count(where: { $0 != nil }) == 1, let output = node.outputs[0], canBlock(output),
            let source = node.inputs.first ?? nil
        else { return false }
        let first = isBlocked(source) && canBlock(source)
        // A function of few channels is cheaper on planes than on blocks that are mostly empty.
        let fillsBlocks = type(source).rank == 4 && type(source).shape[1] > BlockedLayout.width / 4
        func unary(_ computation: any Computation) -> Bool {
            emitBlocked(node.operatorName, computation, [blocked(source)], output, label: node.label)
            return true
        }
        switch node.layer {
        case let layer as ConvTranspose: return transposed(node, layer, source, output)
        case let layer as any ElementwiseLayer where first && fillsBlocks:
            return unary(FunctionComputation(function: layer.function))
        case let layer as LRN where first:
            guard let computation = layer.blocked(channels: type(source).shape[1]) else { return false }
            return unary(computation)
        case let layer as SliceLayer where first:
            let inputs = LayerInputs(node, facts)
            guard let channels = layer.channels(inputs) else { return false }
            take(channels.lowerBound, of: source, as: output, node)
            return true
        case let layer as Transpose where first && layer.order(rank: 4) == [0, 2, 3, 1]:
            guard let (form, first) = channels(of: source) else { return false }
            emit(node.operatorName, PixelComputation(first: first), [form], output, label: node.label)
            return true
        case let layer as MaxPool where first || fillsBlocks && canBlock(source):
            guard let spatial = try? layer.geometry(type(source)) else { return false }
            return unary(BlockedPoolComputation(pooling: spatial.pooling, kind: .maximum))
        case let layer as AveragePool where first || fillsBlocks && canBlock(source):
            guard let spatial = try? layer.geometry(type(source)) else { return false }
            return unary(BlockedPoolComputation(pooling: spatial.pooling, kind: .mean(layer.countsPadding)))
        case is GlobalAveragePool where first:
            return unary(BlockedGlobalMeanComputation())
        case let layer as ReduceMean where first:
            let inputs = LayerInputs(node, facts)
            guard let axes = try? layer.axes.resolved(for: inputs), axes.axes == [2, 3], axes.output.count == 4 else {
                return false
            }
            return unary(BlockedGlobalMeanComputation())
        case let layer as Pad where first:
            let inputs = LayerInputs(node, facts)
            guard let padding = layer.blocked(inputs) else { return false }
            return unary(padding)
        case is Pow where first:
            // A root of channels that are not there could be no number at all.
            guard let numbers = constant(node.inputs[1]), numbers.count == 1, type(source).shape == type(output).shape,
                type(source).shape[1] % BlockedLayout.width == 0
            else { return false }
            return unary(NumberComputation(function: .power, number: PaddedChannels(numbers), swapped: false))
        case let layer as InstanceNormalization where first:
            guard let scale = constant(node.inputs[1]), let bias = constant(node.inputs[2]) else { return false }
            return unary(
                BlockedNormalizationComputation(
                    epsilon: layer.epsilon, scale: PaddedChannels(scale), bias: PaddedChannels(bias)))
        case let layer as Resize where first:
            let inputs = LayerInputs(node, facts)
            guard let resampling = layer.blocked(inputs) else { return false }
            return unary(resampling)
        case let layer as Upsample where first:
            let inputs = LayerInputs(node, facts)
            guard let resampling = layer.blocked(inputs) else { return false }
            return unary(resampling)
        case is Concat: return concatenation(node, output)
        case is Add, is Sub, is Mul, is Div, is Sum, is Max, is Min: return arithmetic(node, output)
        default: return false
        }
    }

    /// The place of the most extreme channel, whose output is no plane of numbers.
    private mutating func extremeChannel(_ node: GraphNode) -> Bool {
        guard let layer = node.layer as? any ExtremePlaceLayer, let source = node.inputs[0], isBlocked(source),
            layer.axis.axis == 1 || layer.axis.axis == -3, let output = node.outputs[0]
        else { return false }
        let computation = ExtremeChannelComputation(
            channels: type(source).shape[1], negate: Swift.type(of: layer).relation == .less,
            takesLast: layer.axis.takesLast)
        emit(node.operatorName, computation, [blocked(source)], output, label: node.label)
        return true
    }

    /// The channels of a blocked value from `first` on, as many as `output` has.
    private mutating func take(_ first: Int, of source: ValueID, as output: ValueID, _ node: GraphNode) {
        guard let whole = channels(of: source) else { preconditionFailure("the source lies in blocks") }
        parts[output] = Part(
            form: whole.form, first: whole.first + first, label: node.label, operatorName: node.operatorName)
    }

    /// The parts that a split along the channels makes.
    private mutating func blockedParts(_ node: GraphNode) -> Bool {
        guard let layer = node.layer as? Split, layer.axis == 1 || layer.axis == -3, let source = node.inputs[0],
            isBlocked(source)
        else { return false }
        // Outputs that nobody wants have no type here; their sizes are the layer's to know.
        let inputs = LayerInputs(node, facts)
        guard let parts = try? layer.outputs(for: inputs).map({ $0.type.shape[1] }), !parts.contains(0) else {
            return false
        }
        var first = 0
        for (count, output) in zip(parts, node.outputs) {
            if let output { take(first, of: source, as: output, node) }
            first += count
        }
        return true
    }

    private func constant(_ id: ValueID?) -> [Float]? { id.flatMap { facts[$0]?.constant?.array(of: Float.self) } }

    private mutating func transposed(
        _ node: GraphNode, _ layer: ConvTranspose, _ source: ValueID, _ output: ValueID
    ) -> Bool {
        guard layer.group == 1, canBlock(source), let id = node.inputs[1], let kernel = facts[id]?.constant,
            let spatial = try? layer.geometry(input: type(source), weights: kernel.type, bias: nil),
            spatial.axes[1].dilation == 1, spatial.axes[2].dilation == 1
        else { return false }
        var bias = [Float](repeating: 0, count: kernel.shape[1])
        var isOwn = isNetworkConstant(id)
        if node.inputs.count > 2, let other = node.inputs[2] {
            guard let values = constant(other) else { return false }
            bias = values
            isOwn = isOwn && isNetworkConstant(other)
        }
        let axes = (y: spatial.axes[1], x: spatial.axes[2]), key = isOwn ? "\(output)" : nil
        if let computation = SpreadingComputation(kernel, bias: bias, axes: axes, key: key, cache) {
            emit(
                "ConvTranspose", computation, [blocked(source)], output, label: node.label,
                algorithm: "direct, pixels apart")
            return true
        }
        let computation = TransposedComputation(kernel, bias: bias, axes: axes, key: key, cache)
        emitBlocked(
            "ConvTranspose", computation, [blocked(source)], output, label: node.label, algorithm: "direct by phases")
        return true
    }

    /// Channels one after the other.
    private mutating func concatenation(_ node: GraphNode, _ output: ValueID) -> Bool {
        guard let layer = node.layer as? Concat, layer.axis == 1 || layer.axis == -3 else { return false }
        let parts = node.inputs.compactMap { $0 }
        guard parts.count == node.inputs.count, parts.allSatisfy({ canBlock($0) }),
            parts.contains(where: { isBlocked($0) })
        else { return false }
        let forms = parts.map { blocked($0) }
        emitBlocked(
            "Concat", BlockedConcatComputation(channels: parts.map { type($0).shape[1] }), forms, output,
            label: node.label)
        return true
    }

    private mutating func arithmetic(_ node: GraphNode, _ output: ValueID) -> Bool {
        let function: BinaryFunction
        switch node.layer {
        case is Add, is Sum: function = .add
        case is Sub: function = .subtract
        case is Mul: function = .multiply
        case is Div: function = .divide
        case is Max: function = .maximum
        default: function = .minimum
        }
        guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1], isBlocked(a) || isBlocked(b)
        else {
            return false
        }
        let shape = type(output).shape
        // A quotient of channels that are not there could be no number at all, and spread through later sums.
        if case .divide = function, shape[1] % BlockedLayout.width != 0 { return false }
        let full = [a, b].map { type($0).shape == shape && canBlock($0) }
        if full == [true, true] {
            emitBlocked(
                node.operatorName, PairComputation(function: function), [blocked(a), blocked(b)], output,
                label: node.label)
            return true
        }
        guard let large = full[0] ? a : full[1] ? b : nil else { return false }
        let small = full[0] ? b : a
        let channelShape = [1, shape[1], 1, 1]
        if canBlock(small), type(small).shape == [shape[0]] + channelShape[1...] {
            emitBlocked(
                node.operatorName, ChannelPairComputation(function: function, swapped: !full[0]),
                [blocked(large), blocked(small)], output, label: node.label)
            return true
        }
        if let numbers = constant(small), numbers.count == 1 {
            emitBlocked(
                node.operatorName,
                NumberComputation(function: function, number: PaddedChannels(numbers), swapped: !full[0]),
                [blocked(large)], output, label: node.label)
            return true
        }
        if let numbers = constant(small), numbers.count == shape[1],
            [channelShape, Array(channelShape[1...])].contains(type(small).shape)
        {
            emitBlocked(
                node.operatorName,
                ConstantPairComputation(function: function, swapped: !full[0], values: PaddedChannels(numbers)),
                [blocked(large)], output, label: node.label)
            return true
        }
        return false
    }
}
