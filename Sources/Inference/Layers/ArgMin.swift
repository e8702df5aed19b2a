/// The place of the smallest element along an axis, as int64.
///
/// - Shapes: the axis becomes 1, or vanishes with `keepdims` 0.
/// - `axis`: by default 0. `select_last_index` 1: of equal elements the last one counts instead of the first.
/// - Types: any.
struct ArgMin: ExtremePlaceLayer {
    let axis: ExtremePlaceAxis

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try ExtremePlaceAxis(&node) }

    static var relation: Relation { .less }
}
