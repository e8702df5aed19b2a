extension PreviewPage {
    static let style = """
        :root{color-scheme:light dark;--line:#8885;--soft:#8882}
        *{box-sizing:border-box}
        body{margin:0;font:15px/1.45 system-ui,sans-serif}
        header{padding:12px 16px;border-bottom:1px solid var(--line);position:sticky;top:0;background:Canvas;z-index:2}
        h1{font-size:1.15rem;margin:0}
        header p{margin:2px 0 8px;opacity:.75;overflow-wrap:anywhere}
        nav{display:flex;flex-wrap:wrap;gap:6px;align-items:center}
        nav span{opacity:.6;font-size:.85rem}
        button{font:inherit;padding:4px 12px;border:1px solid var(--line);border-radius:6px;background:var(--soft);\
        color:inherit}
        button[aria-pressed=true]{background:#36f;color:#fff}
        main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:16px;padding:16px;align-items:start}
        .plain{grid-column:1/-1}
        .wide{overflow-x:auto}
        section{border:1px solid var(--line);border-radius:10px;overflow:hidden;min-width:0}
        h2{font-size:1rem;margin:0;padding:8px 12px;display:flex;gap:8px;align-items:baseline}
        h2 b{background:#36f;color:#fff;border-radius:50%;min-width:1.6em;text-align:center}
        h2 span{margin-left:auto;font-weight:400;opacity:.7;white-space:nowrap}
        figure{margin:0;position:relative}
        .view{position:relative;overflow:hidden;background:#7773;cursor:grab;touch-action:pan-y}
        .zoomed .view{touch-action:none}
        .layer,.clip{position:absolute;inset:0;overflow:hidden}
        .layer>div{position:absolute;left:0;top:0;transform-origin:0 0}
        .layer img,.layer svg{position:absolute;max-width:none;user-select:none;pointer-events:none}
        .crisp img{image-rendering:pixelated}
        .whole{display:none}
        .ranged .overview,.ranged .detail{display:none}
        .ranged .whole{display:block}
        .data .detail,.data .whole{display:none}
        .data img{width:100%}
        .js .data,.js figure>.marks{display:none}
        .edge{position:absolute;top:0;bottom:0;width:2px;background:#fff;mix-blend-mode:difference;pointer-events:none}
        figcaption{padding:6px 12px;font-size:.85rem;display:flex;flex-wrap:wrap;gap:4px 14px;align-items:center}
        .cut{display:flex;gap:6px;align-items:center;flex:1;min-width:min(100%,230px);justify-content:flex-end}
        .cut input{flex:1;min-width:0;max-width:220px}
        details{border-top:1px solid var(--line);padding:6px 12px}
        summary{cursor:pointer}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;margin:6px 0;max-height:20em;overflow:auto}
        .histogram{width:100%;height:72px;background:var(--soft);display:block}
        .histogram path{fill-opacity:.55}
        details p{margin:4px 0;font-size:.85rem;opacity:.8}
        .kernel{border-collapse:collapse;margin:8px auto}
        .kernel td{border:1px solid var(--line);text-align:center;padding:5px 8px;min-width:2.4em;font-size:.8rem}
        .dense td{padding:0;min-width:0;width:7px;height:7px;border:0}
        .found{width:100%;padding:6px 12px}
        .chip{display:inline-block;width:1em;height:1em;border-radius:3px;vertical-align:-2px;border:1px solid #8888}
        .marks rect{fill:none;stroke:#f33;stroke-width:2;vector-effect:non-scaling-stroke}
        .marks text{fill:#f33;font-size:14px;paint-order:stroke;stroke:#000;stroke-width:3px}
        footer{padding:0 16px 16px}
        """
}
