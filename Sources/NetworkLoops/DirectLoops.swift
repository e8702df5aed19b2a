import NetworkKernels

extension Loops {
    /// Inner elements that are summed before the next panels are read: their weights stay in the first-level cache.
    static var depth: Int { 256 }

    /// Pixels that are finished before the next ones where more is to be done to them than registers allow: they are
    /// still in the first-level cache then.
    private static var finishedTogether: Int { 112 }

    public static func convolve(
        _ convolution: DirectConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        epilogue: Epilogue, pixels: Range<Int>, panels: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let plane = convolution.pixels * 16, panelWeights = convolution.innerCount * 16
        let finish = epilogue.finish
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { slope in
            for i in 0..<32 { slope[i] = finish.slope }
            var panel = panels.lowerBound
            while panel < panels.upperBound {
                let blocks = min(RegisterTile.blocks, panels.upperBound - panel)
                let own = weights + panel * panelWeights, start = bias + panel * 16, out = output + panel * plane
                let other = residual.map { $0 + panel * plane }
                switch finish.kind {
                case .bounds:
                    products(
                        convolution, input, own, start, pixels, blocks, (finish.low, finish.high), nil, other, out)
                case .slopes:
                    let slopes = slopes.map { $0 + panel * 16 } ?? UnsafePointer(slope.baseAddress!)
                    products(convolution, input, own, start, pixels, blocks, (0, 0), slopes, nil, out)
                case .sums:
                    var first = pixels.lowerBound
                    while first < pixels.upperBound {
                        let end = min(pixels.upperBound, first + finishedTogether)
                        products(
                            convolution, input, own, start, first..<end, blocks, (-.infinity, .infinity), nil, nil, out)
                        for block in 0..<blocks {
                            let place = block * plane + first * 16
                            apply(
                                epilogue, out + place, residual: other.map { $0 + place },
                                slopes: slopes.map { $0 + (panel + block) * 16 }, pixels: end - first)
                        }
                        first = end
                    }
                }
                panel += blocks
            }
        }
    }

    /// All inner elements of some pixels of one or two blocks.
    private static func products(
        _ convolution: DirectConvolution, _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>, _ range: Range<Int>, _ blocks: Int, _ bounds: (low: Float, high: Float),
        _ slopes: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>
    ) {
        let width = convolution.width, panelWeights = convolution.innerCount * 16
        let runsPerPass = max(1, depth / convolution.runLength)
        convolution.runs.withUnsafeBufferPointer { runs in
            let allRuns = runs.count, firstRun = runs.baseAddress!
            var run = 0
            while run < allRuns {
                let count = min(runsPerPass, allRuns - run), isLast = run + count == allRuns
                let next = weights + convolution.innerCount(run + count) * 16
                var task = TileTask(
                    runs: firstRun + run, count: count, length: convolution.runLength,
                    wholeCount: convolution.wholeRuns - run, restLength: convolution.restLength,
                    step: convolution.columnStep, weights: weights + convolution.innerCount(run) * 16,
                    nextWeights: panelWeights, start: run == 0 ? bias : nil, outputStep: 16,
                    nextOutput: convolution.pixels * 16, ahead: isLast ? weights + blocks * panelWeights : next)
                if isLast { (task.low, task.high, task.slopes) = (bounds.low, bounds.high, slopes) }
                let other = isLast ? residual : nil
                // Pixels whose inputs do not go on evenly from one row to the next are taken row by row.
                var pixel = range.lowerBound
                while pixel < range.upperBound {
                    let y = pixel / width, x = pixel - y * width
                    let end = convolution.isEven ? range.upperBound : min(range.upperBound, (y + 1) * width)
                    tiles(
                        task, blocks: blocks, pixels: end - pixel,
                        input + y * convolution.rowStep + x * convolution.columnStep, other.map { $0 + pixel * 16 },
                        out + pixel * 16)
                    pixel = end
                }
                run += count
            }
        }
    }

    /// Applies an epilogue to a run of blocked pixels that was just written.
    ///
    /// - `values`: `pixels` × 16; `residual`: alike, or nil; `slopes`: of the block's channels, or nil.
    static func apply(
        _ epilogue: Epilogue, _ values: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>?,
        slopes: UnsafePointer<Float>?, pixels: Int
    ) {
        apply(epilogue.before, values, slopes, pixels)
        if let residual {
            for p in 0..<pixels { store(load(values + p * 16) + load(residual + p * 16), values + p * 16) }
        }
        apply(epilogue.after, values, slopes, pixels)
    }

    private static func apply(
        _ activation: Epilogue.Activation, _ values: UnsafeMutablePointer<Float>, _ slopes: UnsafePointer<Float>?,
        _ pixels: Int
    ) {
        switch activation {
        case .none: break
        case .function(let function): apply(function, values, to: values, count: pixels * 16)
        case .channelSlopes:
            guard let slopes else { return }
            let slope = load(slopes)
            for p in 0..<pixels {
                let x = load(values + p * 16)
                store(Vector.select(x .< Vector.zero, x * slope, x), values + p * 16)
            }
        }
    }
}
