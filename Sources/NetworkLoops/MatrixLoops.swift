import NetworkKernels

extension Loops {
    public static func dots(
        _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, depth: Int, rows: Range<Int>, scale: Float,
        bias: UnsafePointer<Float>?, to y: UnsafeMutablePointer<Float>
    ) {
        let whole = depth / 16 * 16
        var row = rows.lowerBound
        while row < rows.upperBound {
            // Four rows share what is read of x; of the last ones some are computed twice.
            let first = max(rows.lowerBound, min(row, rows.upperBound - 4)), count = min(4, rows.upperBound - first)
            let w0 = weights + first * depth, w1 = w0 + (count > 1 ? depth : 0), w2 = w1 + (count > 2 ? depth : 0)
            let w3 = w2 + (count > 3 ? depth : 0)
            var s0 = Vector.zero, s1 = Vector.zero, s2 = Vector.zero, s3 = Vector.zero
            var k = 0
            while k < whole {
                let v = load(x + k)
                s0 = s0.addingProduct(v, load(w0 + k))
                s1 = s1.addingProduct(v, load(w1 + k))
                s2 = s2.addingProduct(v, load(w2 + k))
                s3 = s3.addingProduct(v, load(w3 + k))
                k += 16
            }
            if k < depth {
                let rest = depth - k, v = loadUp(to: rest, x + k)
                s0 = s0.addingProduct(v, loadUp(to: rest, w0 + k))
                s1 = s1.addingProduct(v, loadUp(to: rest, w1 + k))
                s2 = s2.addingProduct(v, loadUp(to: rest, w2 + k))
                s3 = s3.addingProduct(v, loadUp(to: rest, w3 + k))
            }
            let sums = (total(s0), total(s1), total(s2), total(s3))
            for i in 0..<count {
                let sum = scale * (i == 0 ? sums.0 : i == 1 ? sums.1 : i == 2 ? sums.2 : sums.3)
                y[first + i] = bias.map { sum + $0[first + i] } ?? sum
            }
            row = first + count
        }
    }

    @inline(__always) private static func total(_ v: Vector) -> Float {
        let eight = v.lowHalf + v.highHalf, four = eight.lowHalf + eight.highHalf, two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }

    public static func multiply(
        _ a: UnsafePointer<Float>, aRow: Int, aColumn: Int, _ b: UnsafePointer<Float>, rows: Int, depth count: Int,
        columns: Int, panels: Range<Int>, bias: UnsafePointer<Float>?, to c: UnsafeMutablePointer<Float>, cRow: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let paddedColumns = (columns + 15) / 16 * 16
        let edge = scratch + MatrixProduct.height * MatrixProduct.depth
        if count == 0 {
            let from = panels.lowerBound * 16, to = min(columns, panels.upperBound * 16)
            for i in 0..<rows { for j in from..<to { c[i * cRow + j] = bias?[j] ?? 0 } }
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { zeros in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { runs in
                for i in 0..<32 { zeros[i] = 0 }
                runs[0] = 0
                var task = TileTask(
                    runs: UnsafePointer(runs.baseAddress!), count: 1, length: 0, step: 0, weights: b, nextWeights: 0,
                    start: nil, outputStep: cRow, nextOutput: 16, ahead: b)
                var k0 = 0
                while k0 < count {
                    let k = min(MatrixProduct.depth, count - k0)
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
                            task.start =
                                k0 > 0 ? nil : bias.map { $0 + panel * 16 } ?? UnsafePointer(zeros.baseAddress!)
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
