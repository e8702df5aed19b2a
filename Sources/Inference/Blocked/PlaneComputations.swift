import NetworkKernels

/// Pooling of blocked planes.
struct BlockedPoolComputation: Computation {
    enum Kind { case maximum, mean(_ countsPadding: Bool) }

    let pooling: PlainPooling
    let kind: Kind

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let from = input.type.count(from: 2), to = output.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let window = pooling.kernel.height * pooling.kernel.width
        let rows = max(1, parallelThreshold / (output.shape[3] * 16 * window))
        let pieces = (output.shape[2] + rows - 1) / rows
        run.workers.forEach(output.shape[0] * output.shape[1] * pieces) { piece in
            let plane = piece / pieces, first = piece % pieces * rows
            let range = first..<min(output.shape[2], first + rows)
            switch kind {
            case .maximum: loops.maximum(pooling, source + plane * from, to: target + plane * to, rows: range)
            case .mean(let countsPadding):
                loops.mean(
                    pooling, source + plane * from, to: target + plane * to, rows: range, countsPadding: countsPadding)
            }
        }
    }
}

/// The mean of each channel: `[N, B, H, W, 16]` in, `[N, B, 1, 1, 16]` out.
struct BlockedGlobalMeanComputation: Computation {
    func run(_ run: LayerRun) {
        let input = run.input(0), pixels = input.shape[2] * input.shape[3]
        let source = input.floats.baseAddress!, target = run.output().floats.baseAddress!
        let planes = input.shape[0] * input.shape[1]
        run.workers.forEachRange(of: planes, length: max(1, parallelThreshold / (pixels * 16))) { range in
            for plane in range {
                loops.mean(source + plane * pixels * 16, pixels: pixels, to: target + plane * 16)
            }
        }
    }
}

/// InstanceNormalization of blocked planes.
struct BlockedNormalizationComputation: Computation {
    let epsilon: Float
    let scale: PaddedChannels
    let bias: PaddedChannels
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0), blocks = input.shape[1], pixels = input.shape[2] * input.shape[3]
        let source = input.floats.baseAddress!, target = run.output().floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * blocks, length: max(1, parallelThreshold / (pixels * 16))) {
            range in
            for plane in range {
                let channel = plane % blocks * 16
                loops.normalize(
                    source + plane * pixels * 16, to: target + plane * pixels * 16, pixels: pixels, epsilon: epsilon,
                    scale: scale.pointer + channel, bias: bias.pointer + channel)
            }
        }
    }
}

/// Blocked planes one after the other along the channels; lanes move where a part does not fill its last block.
struct BlockedConcatComputation: Computation {
    /// Of each input.
    let channels: [Int]

    /// For inputs that may be made in their place within the output, the first byte of that place: those that begin
    /// with a block and fill their own, or are the last.
    func offsets(output: TensorType) -> [Int?] {
        let width = BlockedLayout.width, plane = output.count(from: 2) * 4
        var first = 0
        return channels.indices.map { index in
            let isLast = index == channels.count - 1
            defer { first += channels[index] }
            guard output.shape[0] == 1, first % width == 0, isLast || channels[index] % width == 0 else { return nil }
            return first / width * plane
        }
    }

    /// Channels that move together: from a block of one input to a block of the output.
    private struct Move {
        var input: Int
        var from: (block: Int, lane: Int)
        var to: (block: Int, lane: Int)
        var count: Int
    }

    private var moves: [Move] {
        let width = BlockedLayout.width
        var moves: [Move] = [], first = 0
        for (input, count) in channels.enumerated() {
            var done = 0
            while done < count {
                let place = first + done
                let length = min(count - done, width - done % width, width - place % width)
                moves.append(
                    Move(
                        input: input, from: (done / width, done % width), to: (place / width, place % width),
                        count: length))
                done += length
            }
            first += count
        }
        return moves
    }

    func run(_ run: LayerRun) {
        let output = run.output(), blocks = output.shape[1]
        let pixels = output.shape[2] * output.shape[3], plane = pixels * BlockedLayout.width
        let target = output.floats.baseAddress!, total = channels.reduce(0, +), moves = moves
        run.workers.forEachRange(
            of: output.shape[0] * moves.count, length: max(1, 4 * parallelThreshold / plane)
        ) { range in
            for index in range {
                let image = index / moves.count, move = moves[index % moves.count]
                guard let input = run.inputs[move.input] else { continue }
                let source = input.floats.baseAddress! + (image * input.shape[1] + move.from.block) * plane
                let to = target + (image * blocks + move.to.block) * plane
                // A part that was written into its place by the step that made it.
                if source == to, move.from.lane == move.to.lane { continue }
                loops.copyLanes(
                    source, fromLane: move.from.lane, to: to, toLane: move.to.lane, count: move.count, pixels: pixels)
                // What lies beyond the last channel must be some number.
                let end = move.to.lane + move.count
                if move.to.block * BlockedLayout.width + end == total, end < BlockedLayout.width {
                    for p in 0..<pixels {
                        for lane in end..<BlockedLayout.width { to[p * BlockedLayout.width + lane] = 0 }
                    }
                }
            }
        }
    }
}

/// Resize of blocked planes over height and width.
struct BlockedResampling: Computation {
    let resampling: Resampling
    /// Of batch, blocks, height, width and the sixteen channels of a block.
    let axes: [Resampling.Axis]
    /// The nearest input rows and columns, where those are taken as they are.
    private let rows: [Int]?
    private let columns: [Int32]?

    /// Nil where other axes than height and width change, or places outside the input are filled in.
    init?(_ resampling: Resampling, axes: [Resampling.Axis]) {
        guard axes.count == 4, axes[0].isIdentity, axes[1].isIdentity, resampling.coordinates != .cropAndResize else {
            return nil
        }
        self.resampling = resampling
        rows = resampling.mode == .nearest ? resampling.nearest(axes[2]) : nil
        columns = resampling.mode == .nearest ? resampling.nearest(axes[3]).map { Int32($0) } : nil
        let blocks = BlockedLayout.blocks(axes[1].input)
        self.axes = [
            axes[0], Resampling.Axis(input: blocks, output: blocks, scale: 1), axes[2], axes[3],
            Resampling.Axis(input: 16, output: 16, scale: 1),
        ]
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        guard resampling.mode != .nearest, let input = inputs[0], let output = outputs[0] else { return 0 }
        return Resampling.scratchByteCount(input: input, output: output)
    }

    func run(_ run: LayerRun) {
        guard let rows, let columns else { return resampling.run(run, axes) }
        let input = run.input(0), output = run.output()
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let inputRow = input.type.count(from: 3), outputRow = output.type.count(from: 3)
        let perPiece = max(1, parallelThreshold / outputRow)
        run.workers.forEachRange(of: output.count / outputRow, length: perPiece) { range in
            for row in range {
                let place = row / rows.count * input.shape[2] + rows[row % rows.count]
                loops.gather(
                    source + place * inputRow, places: columns, to: target + row * outputRow, count: columns.count)
            }
        }
    }
}
