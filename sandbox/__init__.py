"""WeChat on a desk: an offline api.weixin.qq.com, a callback pusher and people with phones."""
