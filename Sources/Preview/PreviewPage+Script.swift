extension PreviewPage {
    /// Puts pictures into figures, and moves all of them together. Places are parts of width and height, so that
    /// pictures of different sizes show the same region.
    static let script = """
        'use strict';
        document.documentElement.classList.add('js');
        const kept=JSON.parse(sessionStorage.getItem('view')||'null');
        const state=kept||{zoom:0,x:.5,y:.5};
        const views=[];
        function layer(value,marks){
          const data=document.querySelector('.data[data-value="'+value+'"]');
          if(!data)return null;
          const [w,h]=data.dataset.size.split(' ').map(Number);
          const outer=document.createElement('div'),inner=document.createElement('div');
          outer.className='layer';outer.append(inner);
          inner.style.width=w+'px';inner.style.height=h+'px';
          for(const img of data.children){
            const copy=new Image();copy.className=img.className;copy.src=img.src;copy.draggable=false;
            const [x,y,cw,ch]=img.dataset.place.split(' ').map(Number);
            Object.assign(copy.style,{left:x+'px',top:y+'px',width:cw+'px',height:ch+'px'});
            inner.append(copy);
          }
          if(marks){marks.style.width=w+'px';marks.style.height=h+'px';inner.append(marks);}
          return{outer,inner,w,h};
        }
        for(const figure of document.querySelectorAll('figure')){
          const box=figure.querySelector('.view'),after=layer(figure.dataset.value,figure.querySelector('.marks'));
          if(!after)continue;
          const view={figure,box,layers:[after]};
          box.append(after.outer);
          if(figure.dataset.before){
            const before=layer(figure.dataset.before);
            const clip=document.createElement('div'),edge=document.createElement('div');
            clip.className='clip';edge.className='edge';clip.append(before.outer);box.append(clip,edge);
            view.layers.push(before);
            const slider=figure.querySelector('.cut input');
            const cut=()=>{
              clip.style.clipPath='inset(0 0 0 '+slider.value+'%)';
              edge.style.left=slider.value+'%';edge.style.display=slider.value>0&&slider.value<100?'':'none';
            };
            slider.addEventListener('input',cut);cut();
          }
          const range=figure.querySelector('input.range');
          if(range)range.addEventListener('change',()=>after.outer.classList.toggle('ranged',range.checked));
          views.push(view);listen(view);
        }
        function place(){
          document.body.classList.toggle('zoomed',state.zoom>0);
          for(const v of views){
            const first=v.layers[0],width=v.box.clientWidth;
            const height=Math.min(width*first.h/first.w,innerHeight*.7);
            v.box.style.height=height+'px';
            for(const l of v.layers){
              const fit=Math.min(width/l.w,height/l.h);
              const scale=state.zoom?state.zoom/devicePixelRatio*first.w/l.w:fit;
              let x=width/2-state.x*l.w*scale,y=height/2-state.y*l.h*scale;
              if(!state.zoom){x=(width-l.w*scale)/2;y=(height-l.h*scale)/2;}
              l.inner.style.transform='translate('+x+'px,'+y+'px) scale('+scale+')';
              l.outer.classList.toggle('crisp',scale*devicePixelRatio>=2);
              for(const t of l.inner.querySelectorAll('text'))t.style.fontSize=14/scale+'px';
              l.scale=scale;
            }
          }
          for(const b of document.querySelectorAll('nav button')){
            const zoom=b.dataset.zoom==='fit'?0:+b.dataset.zoom;
            b.setAttribute('aria-pressed',String(zoom===state.zoom));
          }
          sessionStorage.setItem('view',JSON.stringify(state));
        }
        function clamp(v){return Math.min(1,Math.max(0,v));}
        function zoomTo(zoom,v,px,py){
          const l=v&&v.layers[0];
          const old=l?l.scale*devicePixelRatio:1;
          if(l){
            const w=v.box.clientWidth,h=v.box.clientHeight;
            const cx=state.zoom?state.x:.5,cy=state.zoom?state.y:.5;
            const dx=(px-w/2)/l.w,dy=(py-h/2)/l.h;
            state.x=clamp(cx+dx/l.scale-dx*devicePixelRatio/zoom);
            state.y=clamp(cy+dy/l.scale-dy*devicePixelRatio/zoom);
          }
          state.zoom=zoom;
          if(l&&zoom<=Math.min(v.box.clientWidth/l.w,v.box.clientHeight/l.h)*devicePixelRatio&&zoom<old)state.zoom=0;
          place();
        }
        function listen(v){
          const touches=new Map();let spread=0;
          v.box.addEventListener('pointerdown',e=>{touches.set(e.pointerId,e);spread=0;
            if(state.zoom)v.box.setPointerCapture(e.pointerId);});
          v.box.addEventListener('pointermove',e=>{
            const last=touches.get(e.pointerId);if(!last)return;
            touches.set(e.pointerId,e);busy=Date.now();
            if(touches.size===2){
              const [a,b]=[...touches.values()],now=Math.hypot(a.clientX-b.clientX,a.clientY-b.clientY);
              const r=v.box.getBoundingClientRect();
              if(spread)zoomTo(Math.min(32,v.layers[0].scale*devicePixelRatio*now/spread),v,
                (a.clientX+b.clientX)/2-r.left,(a.clientY+b.clientY)/2-r.top);
              spread=now;
            }else if(state.zoom){
              const l=v.layers[0];
              state.x=clamp(state.x-(e.clientX-last.clientX)/l.scale/l.w);
              state.y=clamp(state.y-(e.clientY-last.clientY)/l.scale/l.h);
              place();
            }
          });
          for(const end of['pointerup','pointercancel'])v.box.addEventListener(end,e=>touches.delete(e.pointerId));
          v.box.addEventListener('wheel',e=>{
            if(!e.ctrlKey)return;e.preventDefault();
            const r=v.box.getBoundingClientRect();
            zoomTo(Math.min(32,v.layers[0].scale*devicePixelRatio*Math.exp(-e.deltaY/200)),v,
              e.clientX-r.left,e.clientY-r.top);
          },{passive:false});
          v.box.addEventListener('dblclick',e=>{
            const r=v.box.getBoundingClientRect();
            if(state.zoom){state.zoom=0;place();}else zoomTo(1,v,e.clientX-r.left,e.clientY-r.top);
          });
        }
        let busy=0;
        function detailPlace(){
          const detail=document.querySelector('.data .detail');if(!detail||kept)return;
          const [x,y,w,h]=detail.dataset.place.split(' ').map(Number);
          const [pw,ph]=detail.parentNode.dataset.size.split(' ').map(Number);
          state.x=(x+w/2)/pw;state.y=(y+h/2)/ph;
        }
        for(const b of document.querySelectorAll('nav button'))b.addEventListener('click',()=>{
          state.zoom=b.dataset.zoom==='fit'?0:+b.dataset.zoom;place();});
        addEventListener('resize',place);
        detailPlace();place();
        if('refresh'in document.body.dataset)setInterval(()=>{
          if(!document.hidden&&Date.now()-busy>2000)location.reload();},3000);
        """
}
