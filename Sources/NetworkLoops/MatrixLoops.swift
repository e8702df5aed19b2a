import NetworkKernels

extension Loops {
    public static func multiply(
        _ a: UnsafePointer<Float>, aRow: Int, aColumn: Int, _ b: UnsafePointer<Float>, rows: Int, depth count: Int,
        columns: Int, panels: Range<Int>, accumulate: Bool, to c: UnsafeMutablePointer<Float>, cRow: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let paddedColumns = (columns + 15) / 16 * 16
        let edge = scratch + MatrixProduct.height * MatrixProduct.depth
        if count == 0, !accumulate {
            let from = panels.lowerBound * 16, to = min(columns, panels.upperBound * 16)
            for i in 0..<rows { for j in from..<to { c[i * cRow + j] = 0 } }
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { zeros in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { runs in
                for i in 0..<32 { zeros[i] = 0 }
                runs[0] = 0
                var task = TileTask(
                    runs: UnsafePointer(runs.baseAddress!), count: 1, length: 0, step: 0, weights: b, nextWeights: 0,
                    start: nil, outputStep: cRow, nextOutput: 16, ahead: b,
                    low: -.infinity, high: .infinity)
                var k0 = 0
                while k0 < count {
                    let k = min(MatrixProduct.depth, count - k0)
                    let start = accumulate || k0 > 0 ? nil : UnsafePointer(zeros.baseAddress!)
                    (task.length, task.nextWeights) = (k, k * 16)
                    var i0 = 0
                    while i0 < rows {
                        let m = min(MatrixProduct.height, rows - i0)
                        var left = a + i0 * aRow + k0 * aColumn
                        task.step = aRow
                        if aColumn != 1 {
                            for i in 0..<m { for j in 0..<k { scratch[i * k + j] = left[i * aRow + j * aColumn] } }
                            left = UnsafePointer(scratch)
                            task.step = k
                        }
                        var panel = panels.lowerBound
                        while panel < panels.upperBound {
                            let target = c + i0 * cRow + panel * 16
                            task.weights = b + k0 * paddedColumns + panel * 16 * k
                            task.start = start
                            task.ahead = task.weights
                            let whole = min(panels.upperBound, columns / 16) - panel
                            if whole > 0 {
                                let blocks = min(RegisterTile.blocks, whole)
                                task.outputStep = cRow
                                tiles(task, blocks: blocks, pixels: m, left, nil, target)
                                panel += blocks
                                continue
                            }
                            // The last columns, fewer than a panel has: in memory that has room for all.
                            let width = columns - panel * 16
                            task.outputStep = 16
                            for i in 0..<m { for j in 0..<width { edge[i * 16 + j] = target[i * cRow + j] } }
                            tiles(task, blocks: 1, pixels: m, left, nil, edge)
                            for i in 0..<m { for j in 0..<width { target[i * cRow + j] = edge[i * 16 + j] } }
                            panel += 1
                        }
                        i0 += m
                    }
                    k0 += k
                }
            }
        }
    }
}
