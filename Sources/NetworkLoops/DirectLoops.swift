import NetworkKernels

extension Loops {
    /// Inner elements that are summed before the next panels are read: their weights stay in the first-level cache.
    static var depth: Int { 256 }

    public static func convolve(
        _ convolution: DirectConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        epilogue: Epilogue, pixels range: Range<Int>, panels: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let plane = convolution.pixels * 16, width = convolution.width
        let runsPerPass = max(1, depth / convolution.runLength)
        let panelWeights = convolution.innerCount * 16
        let clamp = epilogue.clamp
        convolution.runs.withUnsafeBufferPointer { runs in
            let allRuns = runs.count, firstRun = runs.baseAddress!
            var panel = panels.lowerBound
            while panel < panels.upperBound {
                let blocks = min(RegisterTile.blocks, panels.upperBound - panel)
                let out = output + panel * plane
                var run = 0
                while run < allRuns {
                    let count = min(runsPerPass, allRuns - run), isLast = run + count == allRuns
                    let own = weights + panel * panelWeights
                    let task = TileTask(
                        runs: firstRun + run, count: count, length: convolution.runLength,
                        step: convolution.columnStep, weights: own + run * convolution.runLength * 16,
                        nextWeights: panelWeights, start: run == 0 ? bias + panel * 16 : nil, outputStep: 16,
                        nextOutput: plane,
                        ahead: isLast ? own + blocks * panelWeights : own + (run + count) * convolution.runLength * 16,
                        low: isLast ? clamp?.low ?? -.infinity : -.infinity,
                        high: isLast ? clamp?.high ?? .infinity : .infinity)
                    let other = isLast && clamp != nil ? residual.map { $0 + panel * plane } : nil
                    // Pixels whose inputs do not go on evenly from one row to the next are taken row by row.
                    var pixel = range.lowerBound
                    while pixel < range.upperBound {
                        let y = pixel / width, x = pixel - y * width
                        let end = convolution.isEven ? range.upperBound : min(range.upperBound, (y + 1) * width)
                        tiles(
                            task, blocks: blocks, pixels: end - pixel,
                            input + y * convolution.rowStep + x * convolution.columnStep,
                            other.map { $0 + pixel * 16 }, out + pixel * 16)
                        pixel = end
                    }
                    run += count
                }
                if clamp == nil {
                    for block in panel..<panel + blocks {
                        let place = block * plane + range.lowerBound * 16
                        apply(
                            epilogue, output + place, residual: residual.map { $0 + place },
                            slopes: slopes.map { $0 + block * 16 }, pixels: range.count)
                    }
                }
                panel += blocks
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
