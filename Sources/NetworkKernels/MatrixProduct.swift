/// Products of float32 matrices.
///
/// The right matrix is packed into panels of 16 columns, the left one into panels of 6 rows; a tile of 6 × 16 sums
/// stays in twelve registers while it runs down a block of the inner dimension.
public enum MatrixProduct {
    /// Columns of a packed panel.
    public static let panelWidth = 16
    static let tileHeight = 6
    /// Rows of the inner dimension that are worked on at once: 16 columns of it stay in the first-level cache.
    static let depth = 256
    /// Rows of the left matrix that are packed at once.
    static let height = 96

    /// Elements that `pack` writes for a right matrix of `depth` × `columns`.
    public static func packedCount(depth: Int, columns: Int) -> Int {
        (columns + panelWidth - 1) / panelWidth * panelWidth * depth
    }

    /// Elements of working memory that one call of `multiply` needs.
    public static var scratchCount: Int { height * depth + tileHeight * panelWidth }

    /// Packs `b[k · rowStride + j · columnStride]` so that each panel of 16 columns lies together, in blocks of
    /// `depth` rows; columns that are missing from the last panel become zero.
    public static func pack(
        _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, depth count: Int, columns: Int,
        to packed: UnsafeMutablePointer<Float>
    ) {
        var out = packed
        var k0 = 0
        while k0 < count {
            let kEnd = min(count, k0 + depth)
            var j = 0
            while j < columns {
                let width = min(panelWidth, columns - j)
                for k in k0..<kEnd {
                    let row = b + k * rowStride + j * columnStride
                    for i in 0..<width { out[i] = row[i * columnStride] }
                    for i in width..<panelWidth { out[i] = 0 }
                    out += panelWidth
                }
                j += panelWidth
            }
            k0 = kEnd
        }
    }

    /// `c[i, j] = Σₖ a[i, k] · b[k, j]`, plus what `c` holds where `accumulate` is set.
    ///
    /// - `a`: `rows` × `depth`, element (i, k) at `i · aRow + k · aColumn`.
    /// - `b`: packed.
    /// - `c`: `rows` × `columns`, rows `cRow` apart.
    /// - `panels`: which panels of 16 columns to compute.
    /// - `scratch`: `scratchCount` elements, one's own.
    public static func multiply(
        _ a: UnsafePointer<Float>, aRow: Int, aColumn: Int, _ b: UnsafePointer<Float>, rows: Int, depth count: Int,
        columns: Int, panels: Range<Int>, accumulate: Bool, to c: UnsafeMutablePointer<Float>, cRow: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let edge = scratch + height * depth
        let paddedColumns = (columns + panelWidth - 1) / panelWidth * panelWidth
        if count == 0, !accumulate {
            let from = panels.lowerBound * panelWidth, to = min(columns, panels.upperBound * panelWidth)
            for i in 0..<rows { for j in from..<to { c[i * cRow + j] = 0 } }
        }
        var k0 = 0
        while k0 < count {
            let k = min(depth, count - k0)
            let add = accumulate || k0 > 0
            var i0 = 0
            while i0 < rows {
                let m = min(height, rows - i0)
                packRows(a + i0 * aRow + k0 * aColumn, aRow, aColumn, m, k, scratch)
                for panel in panels {
                    let j = panel * panelWidth
                    let right = b + k0 * paddedColumns + j * k
                    let width = min(panelWidth, columns - j)
                    var i = 0
                    while i < m {
                        let left = scratch + i * k
                        let high = min(tileHeight, m - i)
                        let target = c + (i0 + i) * cRow + j
                        if width == panelWidth && high == tileHeight {
                            tile(k, left, right, target, cRow, add)
                        } else {
                            tile(k, left, right, edge, panelWidth, false)
                            for r in 0..<high {
                                for s in 0..<width {
                                    let value = edge[r * panelWidth + s]
                                    target[r * cRow + s] = add ? target[r * cRow + s] + value : value
                                }
                            }
                        }
                        i += tileHeight
                    }
                }
                i0 += m
            }
            k0 += k
        }
    }

    private static func packRows(
        _ a: UnsafePointer<Float>, _ row: Int, _ column: Int, _ rows: Int, _ depth: Int,
        _ out: UnsafeMutablePointer<Float>
    ) {
        var i = 0
        var out = out
        while i < rows {
            for r in 0..<tileHeight {
                if i + r < rows {
                    let source = a + (i + r) * row
                    for k in 0..<depth { out[k * tileHeight + r] = source[k * column] }
                } else {
                    for k in 0..<depth { out[k * tileHeight + r] = 0 }
                }
            }
            out += depth * tileHeight
            i += tileHeight
        }
    }

    @inline(never)
    private static func tile(
        _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cRow: Int, _ accumulate: Bool
    ) {
        var c00 = Vector.zero, c01 = Vector.zero, c10 = Vector.zero, c11 = Vector.zero
        var c20 = Vector.zero, c21 = Vector.zero, c30 = Vector.zero, c31 = Vector.zero
        var c40 = Vector.zero, c41 = Vector.zero, c50 = Vector.zero, c51 = Vector.zero
        var a = a, b = b
        for _ in 0..<depth {
            let b0 = load(b), b1 = load(b + 8)
            var s = Vector(a[0])
            c00 = c00.addingProduct(s, b0)
            c01 = c01.addingProduct(s, b1)
            s = Vector(a[1])
            c10 = c10.addingProduct(s, b0)
            c11 = c11.addingProduct(s, b1)
            s = Vector(a[2])
            c20 = c20.addingProduct(s, b0)
            c21 = c21.addingProduct(s, b1)
            s = Vector(a[3])
            c30 = c30.addingProduct(s, b0)
            c31 = c31.addingProduct(s, b1)
            s = Vector(a[4])
            c40 = c40.addingProduct(s, b0)
            c41 = c41.addingProduct(s, b1)
            s = Vector(a[5])
            c50 = c50.addingProduct(s, b0)
            c51 = c51.addingProduct(s, b1)
            a += 6
            b += 16
        }
        if accumulate {
            c00 += load(c)
            c01 += load(c + 8)
            c10 += load(c + cRow)
            c11 += load(c + cRow + 8)
            c20 += load(c + 2 * cRow)
            c21 += load(c + 2 * cRow + 8)
            c30 += load(c + 3 * cRow)
            c31 += load(c + 3 * cRow + 8)
            c40 += load(c + 4 * cRow)
            c41 += load(c + 4 * cRow + 8)
            c50 += load(c + 5 * cRow)
            c51 += load(c + 5 * cRow + 8)
        }
        store(c00, c)
        store(c01, c + 8)
        store(c10, c + cRow)
        store(c11, c + cRow + 8)
        store(c20, c + 2 * cRow)
        store(c21, c + 2 * cRow + 8)
        store(c30, c + 3 * cRow)
        store(c31, c + 3 * cRow + 8)
        store(c40, c + 4 * cRow)
        store(c41, c + 4 * cRow + 8)
        store(c50, c + 5 * cRow)
        store(c51, c + 5 * cRow + 8)
    }
}
