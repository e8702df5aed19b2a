import Inference

/// How one axis of a picture is cut for a network that takes parts of it: where parts begin, and which of their results
/// count.
struct Tiling: Sendable, Equatable {
    struct Tile: Sendable, Equatable {
        /// The first element that the network is given.
        var start: Int
        /// The elements whose results are taken, counted within the whole.
        var kept: Range<Int>
    }

    /// Elements that the network is given each time, and what the whole is extended to.
    let length: Int
    let extended: Int
    let tiles: [Tile]

    /// Tiles of `length` elements that give the result of the whole wherever results are local.
    ///
    /// The whole is extended at its end to a multiple of the alignment, and to one tile at least. The first and the last
    /// tile end where the whole does, so that its edges are edges for the network as well.
    ///
    /// - Parameters:
    ///   - length: the most that is given at once; made a multiple of the alignment. A whole that is not longer is one
    ///     tile of its own length, unless `isFixed`.
    ///   - isFixed: the network takes nothing but `length`.
    /// - Returns: nil where a tile is too short for its own margins.
    init?(_ count: Int, _ axis: Locality.Axis, length: Int, isFixed: Bool) {
        let step = axis.alignment
        func up(_ value: Int) -> Int { (value + step - 1) / step * step }
        let extended = isFixed ? max(up(count), length) : up(count)
        let length = isFixed ? length : min(max(length / step, 1) * step, extended)
        let before = up(axis.before)
        var tiles: [Tile] = []
        var done = 0
        while done < extended {
            let start = done == 0 ? 0 : min(done - before, extended - length)
            let end = start + length == extended ? extended : start + length - up(axis.after)
            guard start >= 0, end > done else { return nil }
            tiles.append(Tile(start: start, kept: done..<end))
            done = end
        }
        self.length = length
        self.extended = extended
        self.tiles = tiles
    }
}
