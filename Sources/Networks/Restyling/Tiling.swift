import Inference

/// How one axis of a picture is cut for a network that takes parts of it: where parts begin, and which of their results
/// count.
struct Tiling: Sendable, Equatable {
    struct Tile: Sendable, Equatable {
        /// The first element that the network is given.
        var start: Int
        /// The elements whose results are taken, counted within the whole.
        var kept: Range<Int>
        /// What its results count beside those of other tiles at the same places, one number for each element of
        /// `kept`; over all tiles they add up to 1 at every place. Empty where every place is one tile's.
        var weights: [Float] = []

        func weight(_ place: Int) -> Float { weights.isEmpty ? 1 : weights[place - kept.lowerBound] }
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
    ///   - blend: elements on both sides of where two tiles meet over which the one passes into the other.
    /// - Returns: nil where a tile is too short for its own margins.
    init?(_ count: Int, _ axis: Locality.Axis, length: Int, isFixed: Bool, blend: Int = 0) {
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
        self.tiles = blend == 0 || tiles.count == 1 ? tiles : Self.blended(tiles, over: blend)
    }

    private static func blended(_ tiles: [Tile], over blend: Int) -> [Tile] {
        guard let count = tiles.last?.kept.upperBound else { return tiles }
        /// Rises from 0 to 1 over what lies around a boundary.
        func rise(_ place: Int, around boundary: Int) -> Float {
            min(max((Float(place - boundary + blend) + 0.5) / Float(2 * blend), 0), 1)
        }
        var sums = [Float](repeating: 0, count: count)
        var result = tiles
        for index in result.indices {
            let own = tiles[index].kept
            let kept = max(0, own.lowerBound - blend)..<min(count, own.upperBound + blend)
            result[index].kept = kept
            result[index].weights = kept.map { place in
                (own.lowerBound == 0 ? 1 : rise(place, around: own.lowerBound))
                    * (own.upperBound == count ? 1 : 1 - rise(place, around: own.upperBound))
            }
            for place in kept { sums[place] += result[index].weight(place) }
        }
        for index in result.indices {
            for (offset, place) in result[index].kept.enumerated() { result[index].weights[offset] /= sums[place] }
        }
        return result
    }
}
