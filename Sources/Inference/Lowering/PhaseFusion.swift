import ONNX

extension Fusion {
    /// Takes a convolution of phases as one of the picture itself: where its source puts every second row and column
    /// together, `[x(2y, 2x), x(2y+1, 2x), …]` along the channels, a kernel of twice the size and stride 2 reads the
    /// same elements.
    mutating func takePhases(into unit: inout ConvolutionUnit) {
        guard unit.layer.group == 1, unit.inputOrder == nil, let join = producer(unit.source),
            let concat = nodes[join].layer as? Concat, concat.axis == 1 || concat.axis == -3,
            let phases = phases(join), let shape = facts[phases.source]?.type.shape
        else { return }
        let weights = unit.weights, size = (y: weights.shape[2], x: weights.shape[3])
        guard
            let axes = try? unit.layer.geometry(input: facts[unit.source]!.type, weights: weights.type, bias: nil).axes,
            axes.suffix(2).allSatisfy({ $0.stride == 1 && $0.dilation == 1 }),
            let type = try? TensorType(.float32, [weights.shape[0], shape[1], 2 * size.y, 2 * size.x])
        else { return }
        let channels = shape[1]
        unit.weights = Tensor(type) { view in
            weights.withElements(of: Float.self) { elements in
                var from = 0
                for output in 0..<weights.shape[0] {
                    for channel in 0..<weights.shape[1] {
                        let offset = phases.offsets[channel / channels]
                        for j in 0..<size.y {
                            for i in 0..<size.x {
                                let row = (output * channels + channel % channels) * 2 * size.y + 2 * j + offset.y
                                view.floats[row * 2 * size.x + 2 * i + offset.x] = elements[from]
                                from += 1
                            }
                        }
                    }
                }
            }
        }
        unit.layer.window.kernel = nil
        unit.layer.window.automatic = .none
        unit.layer.window.strides = [2, 2]
        unit.layer.window.pads = axes.suffix(2).map { 2 * $0.padBegin } + axes.suffix(2).map { 2 * $0.padEnd }
        unit.source = phases.source
        unit.key? += " phases"
        taken.formUnion(phases.nodes)
    }

    private func producer(_ id: ValueID) -> Int? {
        guard users[id]?.count == 1, !isOutput.contains(id), let index = producers[id], !isLate[index],
            !taken.contains(index)
        else { return nil }
        return index
    }

    /// What a concatenation puts together, if that is the four phases of one picture. Which elements a chain of slices
    /// takes is found by letting it take them from a picture of numbers.
    private func phases(_ join: Int) -> (nodes: [Int], source: ValueID, offsets: [(y: Int, x: Int)])? {
        guard nodes[join].inputs.count == 4 else { return nil }
        var found: [Int] = [join], offsets: [(y: Int, x: Int)] = [], source: ValueID?
        for input in nodes[join].inputs {
            guard var id = input else { return nil }
            var chain: [Int] = []
            while let index = producers[id], nodes[index].layer is SliceLayer, !isLate[index], !taken.contains(index),
                !isOutput.contains(id), let next = nodes[index].inputs[0]
            {
                chain.insert(index, at: 0)
                id = next
            }
            guard !chain.isEmpty, source == nil || source == id, let offset = phase(chain, of: id) else { return nil }
            source = id
            offsets.append(offset)
            found += chain
        }
        // A slice that two phases share is nobody else's.
        let all = Set(found)
        for index in all where index != join {
            guard let id = nodes[index].outputs[0], users[id]?.allSatisfy(all.contains) == true else { return nil }
        }
        return source.map { (Array(all), $0, offsets) }
    }

    private func phase(_ chain: [Int], of source: ValueID) -> (y: Int, x: Int)? {
        guard let type = facts[source]?.type, type.element == .float32, type.rank == 4, type.shape[0] == 1,
            type.shape[1] <= 4, type.shape[2] % 2 == 0, type.shape[3] % 2 == 0, (1..<1 << 22).contains(type.count)
        else { return nil }
        // Every number below 2²⁴ is a float32.
        var picture = Tensor(type) { view in for index in view.floats.indices { view.floats[index] = Float(index) } }
        for index in chain {
            let given = [picture] + nodes[index].inputs.dropFirst().map { $0.flatMap { facts[$0]?.constant } }
            guard let facts = try? nodes[index].outputFacts(given.map { $0.map { ValueFacts($0) } }),
                let next = try? nodes[index].evaluate(given, facts: facts, workers: .serial).first
            else { return nil }
            guard let next else { return nil }
            picture = next
        }
        let (channels, height, width) = (type.shape[1], type.shape[2], type.shape[3])
        guard picture.shape == [1, channels, height / 2, width / 2] else { return nil }
        let elements = picture.array(of: Float.self), y = Int(elements[0]) / width, x = Int(elements[0]) % width
        guard y < 2, x < 2 else { return nil }
        var index = 0
        for channel in 0..<channels {
            for row in 0..<height / 2 {
                let first = (channel * height + 2 * row + y) * width + x
                for column in 0..<width / 2 {
                    if elements[index] != Float(first + 2 * column) { return nil }
                    index += 1
                }
            }
        }
        return (y, x)
    }
}
